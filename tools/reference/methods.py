"""Padding prompt, CoOp, CoCoOp and TPT on Stamp, implemented again in PyTorch, for tests/methods/{reference,tpt}.slow.test.ts.

Same data, order and first values as the TypeScript (from the same seeds, by a source of chance implemented twice), nothing
else in common. Writes tests/fixtures/methods/{padding,coop,cocoop,tpt}.json:

    python tools/reference/methods.py        (torch 2, onnx, numpy, Pillow; a minute on two cores)
"""

import base64
import json
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps

from stamp_torch import LOGIT_SCALE, ROOT, Random, Text, Tokenizer, Vision, normalised, picture

OUT = ROOT / "tests/fixtures/methods"
STEPS = 100


def task(name):
    return next(t for t in json.loads((ROOT / "public/samples/index.json").read_text()) if t["id"] == name)


def sample(manifest, split, per_class):
    """Paths and labels, class after class in the manifest's order."""
    found = []
    for label, entry in enumerate(manifest["classes"]):
        folder = ROOT / "public/samples" / manifest["id"] / split / entry["folder"]
        files = sorted(folder.iterdir())[:per_class]
        found += [(str(f.relative_to(ROOT)), label) for f in files]
    return [p for p, _ in found], torch.tensor([c for _, c in found])


def batches(count, size, seed):
    """Shuffled anew every epoch, the last batch of an epoch being smaller."""
    order = Random(Random(seed).uint32())
    while True:
        permutation = order.permutation(count)
        for i in range(0, count, size):
            yield permutation[i : i + size]


def packed(tensor):
    return {
        "dims": list(tensor.shape),
        "data": base64.b64encode(tensor.detach().numpy().astype("<f4").tobytes()).decode(),
    }


def write(name, value):
    path = OUT / f"{name}.json"
    path.write_text(json.dumps(value, indent=1) + "\n")
    print(path.name, path.stat().st_size)


def unit(x):
    return x / x.norm(dim=-1, keepdim=True)


class Prompts:
    """Sentences around a context, after trainers/coop.py: prefix, context and suffix, for each place of the class name."""

    def __init__(self, text, tokenizer, names, places, position):
        self.text, self.position, self.places = text, position, places
        names = [n.replace("_", " ") for n in names]
        self.name_lengths = [len(tokenizer.encode(n)) for n in names]
        rows = []
        for name in names:
            ids = [tokenizer.start, *[0] * places, *tokenizer.encode(name + "."), tokenizer.end]
            rows.append(ids + [tokenizer.end] * (text.context - len(ids)))
        ids = torch.tensor(rows)
        self.ends = ids.argmax(-1)
        embedded = text.table[ids]
        self.prefix, self.suffix = embedded[:, :1], embedded[:, 1 + places :]

    def features(self, ctx):
        C = len(self.ends)
        ctx = ctx.expand(C, -1, -1) if ctx.dim() == 2 else ctx
        rows = []
        for c in range(C):
            n = self.name_lengths[c]
            name, rest = self.suffix[c, :n], self.suffix[c, n:]
            before = {"end": self.places, "middle": self.places // 2, "front": 0}[self.position]
            rows.append(torch.cat([self.prefix[c], ctx[c, :before], name, ctx[c, before:], rest]))
        return self.text(torch.stack(rows), self.ends)


def padding():
    manifest = task("digits")
    paths, labels = sample(manifest, "train", 12)
    pixels = torch.stack([normalised(picture(p)) for p in paths])
    side, pad, rate, momentum, size, seed = 64, 9, 10.0, 0.9, 48, 11
    # The recipe "paper" but for its batch (256) and its rate (40): at 40 learning is chaotic on Stamp from step 60 on, and
    # PyTorch in float32 and in float64 are 3e-4 apart at step 100. 1000 epochs and 1000 steps of warm-up, as main_clip.py; of these the first steps
    warmup, steps = 1000, 1000 * math.ceil(len(paths) / size)
    vision, text, tokenizer = Vision(), Text(), Tokenizer()
    sentences = [manifest["template"].replace("{}", c["name"].lower()) for c in manifest["classes"]]
    ids = [[tokenizer.start, *tokenizer.encode(s), tokenizer.end] for s in sentences]
    ends = torch.tensor([len(i) - 1 for i in ids])
    full = torch.tensor([i + [tokenizer.end] * (text.context - len(i)) for i in ids])
    classes = unit(text(text.table[full], ends))
    random = Random(seed)
    inner = side - 2 * pad
    shapes = {"pad_up": (pad, side), "pad_down": (pad, side), "pad_left": (inner, pad), "pad_right": (inner, pad)}
    border = {name: random.normals(1, 3, *shape).requires_grad_() for name, shape in shapes.items()}
    optimiser = torch.optim.SGD(border.values(), lr=rate, momentum=momentum)
    losses = []
    for step, rows in zip(range(STEPS), batches(len(paths), size, seed)):
        # open_clip's cosine_lr, as utils.py of the reference code
        scale = (step + 1) / warmup if step < warmup else 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
        optimiser.param_groups[0]["lr"] = rate * scale
        middle = torch.cat([border["pad_left"], torch.zeros(1, 3, inner, inner), border["pad_right"]], 3)
        frame = torch.cat([border["pad_up"], middle, border["pad_down"]], 2)
        logits = LOGIT_SCALE * unit(vision(pixels[rows] + frame)) @ classes.T
        loss = F.cross_entropy(logits, labels[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    write(
        "padding",
        {
            "task": "digits",
            "perClass": 12,
            "seed": seed,
            "recipe": {"learningRate": rate, "momentum": momentum, "warmupSteps": warmup, "steps": steps, "batchSize": size},
            "losses": losses,
            "parameters": {name: packed(value) for name, value in border.items()},
        },
    )


class ConstantWarmup(torch.optim.lr_scheduler.LRScheduler):
    """Dassl's: a constant rate for some epochs, then the other scheduler's."""

    def __init__(self, optimiser, successor, epochs, rate):
        self.successor, self.epochs, self.rate = successor, epochs, rate
        super().__init__(optimiser)

    def get_lr(self):
        return self.successor.get_last_lr() if self.last_epoch >= self.epochs else [self.rate for _ in self.base_lrs]

    def step(self, epoch=None):
        if self.last_epoch >= self.epochs:
            self.successor.step(epoch)
            self._last_lr = self.successor.get_last_lr()
        else:
            super().step(epoch)


def coop():
    manifest = task("digits")
    shots, size, epochs, seed = 16, 32, 20, 12
    paths, labels = sample(manifest, "train", shots)
    text, tokenizer = Text(), Tokenizer()
    with torch.no_grad():
        images = unit(Vision()(torch.stack([normalised(picture(p)) for p in paths])))
    runs = []
    for position, specific, places in [("end", False, 16), ("middle", True, 5), ("front", False, 4)]:
        names = [c["name"] for c in manifest["classes"]]
        prompts = Prompts(text, tokenizer, names, places, position)
        width = text.table.shape[1]
        shape = (len(names), places, width) if specific else (places, width)
        ctx = (0.02 * Random(seed).normals(*shape)).requires_grad_()
        optimiser = torch.optim.SGD([ctx], lr=0.002, momentum=0.9, weight_decay=5e-4)
        schedule = ConstantWarmup(optimiser, torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs), 1, 1e-5)
        losses, rates = [], []
        per_epoch = math.ceil(len(paths) / size)
        for step, rows in zip(range(epochs * per_epoch), batches(len(paths), size, seed)):
            logits = LOGIT_SCALE * images[rows] @ unit(prompts.features(ctx)).T
            loss = F.cross_entropy(logits, labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
            rates.append(optimiser.param_groups[0]["lr"])
            if (step + 1) % per_epoch == 0:
                schedule.step()
        settings = {"position": position, "classSpecific": specific, "tokens": places}
        runs.append({"settings": settings, "losses": losses, "rates": rates, "ctx": packed(ctx)})
    write("coop", {"task": "digits", "shots": shots, "batchSize": size, "epochs": epochs, "seed": seed, "runs": runs})


def cocoop():
    manifest = task("shifted")
    size, steps, seed = 2, 40, 13
    paths, labels = sample(manifest, "train", 2)
    text, tokenizer = Text(), Tokenizer()
    with torch.no_grad():
        images = unit(Vision()(torch.stack([normalised(picture(p)) for p in paths])))
    first = text.table[torch.tensor(tokenizer.encode("a photo of a"))]
    D, W = images.shape[1], text.table.shape[1]
    net = torch.nn.Sequential(torch.nn.Linear(D, D // 16), torch.nn.ReLU(), torch.nn.Linear(D // 16, W))
    random = Random(seed)
    for layer in (net[0], net[2]):
        bound = 1 / math.sqrt(layer.in_features)
        for values in (layer.weight, layer.bias):
            drawn = [bound * (2 * random.uniform() - 1) for _ in range(values.numel())]
            values.data = torch.tensor(drawn, dtype=torch.float32).reshape(values.shape)
    ctx = first.clone().requires_grad_()
    prompts = Prompts(text, tokenizer, [c["name"] for c in manifest["classes"]], len(first), "end")
    optimiser = torch.optim.SGD([ctx, *net.parameters()], lr=0.002, momentum=0.9, weight_decay=5e-4)
    losses = []
    for _, rows in zip(range(steps), batches(len(paths), size, seed)):
        logits = torch.stack([LOGIT_SCALE * v @ unit(prompts.features(ctx + net(v))).T for v in images[rows]])
        loss = F.cross_entropy(logits, labels[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    tensors = [ctx, net[0].weight, net[0].bias, net[2].weight, net[2].bias]
    names = ["ctx", *(f"meta_net.linear{i}.{kind}" for i in (1, 2) for kind in ("weight", "bias"))]
    write(
        "cocoop",
        {
            "task": "shifted",
            "perClass": 2,
            "batchSize": size,
            "seed": seed,
            "losses": losses,
            "parameters": {n: packed(t) for n, t in zip(names, tensors)},
        },
    )


BILINEAR = Image.Resampling.BILINEAR


def crop_flip(image, random):
    """RandomResizedCrop and RandomHorizontalFlip of torchvision on a Pillow picture, with the program's draws."""
    W, H = image.size
    for _ in range(10):
        area = W * H * (0.08 + 0.92 * random.uniform())
        low, high = math.log(3 / 4), math.log(4 / 3)
        ratio = math.exp(low + (high - low) * random.uniform())
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < w <= W and 0 < h <= H:
            top = random.below(H - h + 1)
            left = random.below(W - w + 1)
            break
    else:
        raise ValueError("squares always have a part that fits")
    part = image.crop((left, top, left + w, top + h)).resize((W, H), BILINEAR)
    return ImageOps.mirror(part) if random.uniform() < 0.5 else part


def augmix(image, to_tensor, random, severity=1):
    level = lambda: 0.1 + (severity - 0.1) * random.uniform()
    whole = lambda most: int(level() * most / 10)
    sign = lambda value: -value if random.uniform() > 0.5 else value
    affine = lambda i, *m: i.transform(i.size, Image.Transform.AFFINE, m, resample=BILINEAR)
    third = image.size[0] / 3
    ops = [
        ImageOps.autocontrast,
        ImageOps.equalize,
        lambda i: ImageOps.posterize(i, 4 - whole(4)),
        lambda i: i.rotate(sign(whole(30)), resample=BILINEAR),
        lambda i: ImageOps.solarize(i, 256 - whole(256)),
        lambda i: affine(i, 1, sign(level() * 0.3 / 10), 0, 0, 1, 0),
        lambda i: affine(i, 1, 0, 0, sign(level() * 0.3 / 10), 1, 0),
        lambda i: affine(i, 1, 0, sign(whole(third)), 0, 1, 0),
        lambda i: affine(i, 1, 0, 0, 0, 1, sign(whole(third))),
    ]
    draws = np.array([-math.log(1 - random.uniform()) for _ in range(3)])
    weights, own = np.float32(draws / draws.sum()), np.float32(random.uniform())
    mix = torch.zeros_like(to_tensor(image))
    for weight in weights:
        chain = image
        for _ in range(1 + random.below(3)):
            chain = ops[random.below(len(ops))](chain)
        mix += float(weight) * to_tensor(chain)
    return float(own) * to_tensor(image) + (1 - float(own)) * mix


def tpt():
    manifest = task("shifted")
    paths, labels = sample(manifest, "val", 1)
    text, tokenizer, vision = Text(), Tokenizer(), Vision()
    words = "a picture of a"
    first = text.table[torch.tensor(tokenizer.encode(words))]
    prompts = Prompts(text, tokenizer, [c["name"] for c in manifest["classes"]], len(first), "end")
    to_tensor = lambda i: normalised(torch.from_numpy(np.asarray(i).copy()).permute(2, 0, 1))
    pictures = []
    for i, path in enumerate(paths[:6]):
        mixed, steps = i % 2 == 1, 2 if i == 5 else 1
        image, random = Image.open(ROOT / path).convert("RGB"), Random(100 + i)
        views = [to_tensor(image)]
        while len(views) < 64:
            part = crop_flip(image, random)
            views.append(augmix(part, to_tensor, random) if mixed else to_tensor(part))
        with torch.no_grad():
            features = unit(vision(torch.stack(views)))
        ctx = first.clone().requires_grad_()
        optimiser = torch.optim.AdamW([ctx], lr=5e-3)
        logits = lambda: LOGIT_SCALE * features @ unit(prompts.features(ctx)).T
        before = logits()
        entropy = -(before.softmax(1) * before.log_softmax(1)).sum(1)
        kept = torch.argsort(entropy)[: int(64 * 0.1)]

        def marginal(output):
            log_p = output[kept].log_softmax(1)
            mean = log_p.logsumexp(0) - math.log(len(kept))
            return -(mean * mean.exp()).sum()

        for _ in range(steps):
            loss = marginal(logits())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        with torch.no_grad():
            after = logits()
        pictures.append(
            {
                "path": path,
                "seed": 100 + i,
                "augmix": mixed,
                "steps": steps,
                "kept": kept.tolist(),
                "entropies": [round(e, 6) for e in entropy.tolist()],
                "entropyBefore": marginal(before).item(),
                "entropyAfter": marginal(after).item(),
                "before": before[0].softmax(0).tolist(),
                "after": after[0].softmax(0).tolist(),
            }
        )
    write("tpt", {"task": "shifted", "words": words, "pictures": pictures})


if __name__ == "__main__":
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or ["padding", "coop", "cocoop", "tpt"]:
        globals()[name]()
