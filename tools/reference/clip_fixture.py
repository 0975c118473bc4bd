"""Writes tests/fixtures/heart: a small CLIP in PyTorch, exported to ONNX, with what PyTorch computed.

Two towers with fixed seeds (a ViT with class token, pre-norm blocks and QuickGELU; a causal text tower pooled at the
end-of-text token), their ONNX files as torch.onnx.export writes them (opset 14, as optimum's exports), and for one
cross-entropy each: the output of every block, logits, loss, the gradient of the input (pixels; token embeddings) and
of a few weights. Run once; tests need the files only:

    python tools/reference/clip_fixture.py
"""

import base64
import json
import math
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional as F

OUT = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "heart"
WIDTH, HEADS, LAYERS, EMBED = 24, 3, 2, 12
IMAGE, PATCH, BATCH, CLASSES = 16, 8, 2, 4
VOCABULARY, CONTEXT = 40, 8


class Attention(nn.Module):
    """As Hugging Face's CLIPAttention writes it: batched heads flattened, scale on q."""

    def __init__(self):
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, x, mask):
        batch, tokens, _ = x.shape
        size = WIDTH // HEADS
        heads = lambda t: t.view(batch, -1, HEADS, size).transpose(1, 2).reshape(batch * HEADS, -1, size)
        q, k, v = heads(self.q_proj(x) * size**-0.5), heads(self.k_proj(x)), heads(self.v_proj(x))
        scores = torch.bmm(q, k.transpose(1, 2))
        if mask is not None:
            scores = (scores.view(batch, HEADS, tokens, tokens) + mask).view(batch * HEADS, tokens, tokens)
        mixed = torch.bmm(F.softmax(scores, dim=-1), v).view(batch, HEADS, tokens, size)
        return self.out_proj(mixed.transpose(1, 2).reshape(batch, tokens, WIDTH))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.self_attn = Attention()
        self.fc1, self.fc2 = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x, mask=None):
        x = x + self.self_attn(self.layer_norm1(x), mask)
        y = self.fc1(self.layer_norm2(x))
        return x + self.fc2(y * torch.sigmoid(1.702 * y))


class Vision(nn.Module):
    def __init__(self):
        super().__init__()
        self.class_embedding = nn.Parameter(torch.randn(WIDTH))
        self.patch_embedding = nn.Conv2d(3, WIDTH, PATCH, PATCH, bias=False)
        self.position_embedding = nn.Embedding((IMAGE // PATCH) ** 2 + 1, WIDTH)
        self.register_buffer("position_ids", torch.arange((IMAGE // PATCH) ** 2 + 1).unsqueeze(0))
        self.pre_layrnorm, self.post_layernorm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.layers = nn.ModuleList(Block() for _ in range(LAYERS))
        self.visual_projection = nn.Linear(WIDTH, EMBED, bias=False)

    def forward(self, pixel_values):
        patches = self.patch_embedding(pixel_values).flatten(2).transpose(1, 2)
        cls = self.class_embedding.expand(pixel_values.shape[0], 1, -1)
        x = torch.cat([cls, patches], dim=1) + self.position_embedding(self.position_ids)
        x = self.pre_layrnorm(x)
        hidden = []
        for layer in self.layers:
            x = layer(x)
            hidden.append(x)
        return self.visual_projection(self.post_layernorm(x[:, 0, :])), *hidden


class Text(nn.Module):
    def __init__(self):
        super().__init__()
        self.token_embedding = nn.Embedding(VOCABULARY, WIDTH)
        self.position_embedding = nn.Embedding(CONTEXT, WIDTH)
        self.layers = nn.ModuleList(Block() for _ in range(LAYERS))
        self.final_layer_norm = nn.LayerNorm(WIDTH)
        self.text_projection = nn.Linear(WIDTH, EMBED, bias=False)
        self.register_buffer("position_ids", torch.arange(CONTEXT).unsqueeze(0))
        self.embedded = None

    def forward(self, input_ids):
        batch, tokens = input_ids.shape
        embedded = self.token_embedding(input_ids)
        if not torch.onnx.is_in_onnx_export():
            embedded.retain_grad()
        self.embedded = embedded
        x = embedded + self.position_embedding(self.position_ids[:, :tokens])
        mask = torch.full((tokens, tokens), torch.finfo(x.dtype).min)
        steps = torch.arange(tokens)
        mask = mask.masked_fill(steps < (steps + 1).view(tokens, 1), 0)[None, None, :, :]
        hidden = []
        for layer in self.layers:
            x = layer(x, mask)
            hidden.append(x)
        x = self.final_layer_norm(x)
        pooled = x[torch.arange(batch), input_ids.argmax(dim=-1)]
        return self.text_projection(pooled), *hidden


def initialise(module, seed):
    """Weights large enough that attention is not flat and every layer matters."""
    generator = torch.Generator().manual_seed(seed)
    for name, p in module.named_parameters():
        with torch.no_grad():
            if p.dim() == 1:
                norm = "norm" in name and name.endswith("weight")
                p.copy_(0.1 * torch.randn(p.shape, generator=generator) + (1.0 if norm else 0.0))
            else:
                fan = p[0].numel()
                scale = 0.5 if "embedding" in name and "patch" not in name else 1.5 / math.sqrt(fan)
                p.copy_(scale * torch.randn(p.shape, generator=generator))
    return module.eval()


def pack(tensor):
    values = np.ascontiguousarray(tensor.detach().numpy(), dtype="<f4")
    return {"dims": list(tensor.shape), "float32": base64.b64encode(values.tobytes()).decode()}


def export(module, example, path, names, axes):
    torch.onnx.export(module, (example,), path, opset_version=14, dynamo=False, do_constant_folding=True,
                      input_names=names[:1], output_names=names[1:], dynamic_axes=axes)
    onnx.checker.check_model(onnx.load(path))


def loss_of(features, other, targets, weights, features_are_rows):
    unit = features / features.norm(dim=-1, keepdim=True)
    logits = unit @ other if features_are_rows else other @ unit.t()
    rows = -(targets * F.log_softmax(logits, dim=-1)).sum(dim=1)
    return logits, (rows * weights).sum()


def main():
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(7)
    draw = lambda *dims: torch.randn(*dims, generator=generator)
    hidden = [f"hidden_{i}" for i in range(LAYERS)]
    targets = torch.softmax(2 * draw(BATCH, CLASSES), dim=1)
    weights = torch.tensor([0.75, 0.5])

    vision = initialise(Vision(), 1)
    pixels = draw(BATCH, 3, IMAGE, IMAGE).requires_grad_()
    embeddings = 10 * F.normalize(draw(CLASSES, EMBED), dim=1).t().contiguous()
    features, *states = vision(pixels)
    logits, loss = loss_of(features, embeddings, targets, weights, True)
    loss.backward()
    names = ["pixel_values", "image_embeds", *hidden]
    axes = {n: {0: "batch_size"} for n in names}
    export(vision, pixels.detach(), OUT / "vision_model.onnx", names, axes)
    named = dict(vision.named_parameters())
    # The exporter stores the transposed weight of a Linear layer under a number; the others keep their names.
    kept = ["class_embedding", "patch_embedding.weight", "position_embedding.weight", "layers.0.layer_norm1.weight",
            "layers.1.fc1.bias", "post_layernorm.bias"]
    vision_values = {
        "inputs": {"pixel_values": pack(pixels)},
        "head": {"class_embeddings": pack(embeddings), "targets": pack(targets), "weights": pack(weights)},
        "outputs": {"image_embeds": pack(features), **{n: pack(s) for n, s in zip(hidden, states)},
                    "logits": pack(logits), "loss": pack(loss)},
        "gradients": {"pixel_values": pack(pixels.grad), **{n: pack(named[n].grad) for n in kept}},
    }

    text = initialise(Text(), 2)
    ids = torch.tensor([[1, 5, 7, 39, 0, 0], [1, 4, 39, 0, 0, 0], [1, 9, 3, 2, 39, 0], [1, 39, 0, 0, 0, 0]])
    images = 10 * F.normalize(draw(BATCH, EMBED), dim=1)
    features, *states = text(ids)
    logits, loss = loss_of(features, images, targets, weights, False)
    loss.backward()
    # The exporter runs the tower again.
    embedded = text.embedded
    names = ["input_ids", "text_embeds", *hidden]
    axes = {n: {0: "batch_size", 1: "sequence_length"} for n in ["input_ids", *hidden]} | {"text_embeds": {0: "batch_size"}}
    export(text, ids, OUT / "text_model.onnx", names, axes)
    text_values = {
        "ids": ids.tolist(),
        "embedded": pack(embedded),
        "head": {"image_features": pack(images), "targets": pack(targets), "weights": pack(weights)},
        "outputs": {"text_embeds": pack(features), **{n: pack(s) for n, s in zip(hidden, states)},
                    "logits": pack(logits), "loss": pack(loss)},
        "gradients": {"embedded": pack(embedded.grad)},
    }
    written_by = {"torch": torch.__version__.split("+")[0], "opset": 14}
    path = OUT / "values.json"
    path.write_text(json.dumps({"writtenBy": written_by, "vision": vision_values, "text": text_values}) + "\n")
    for f in sorted(OUT.iterdir()):
        print(f.name, f.stat().st_size)


if __name__ == "__main__":
    main()
