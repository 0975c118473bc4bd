"""Writes tests/fixtures/contexts: small contexts of CoOp and CoCoOp as their code saves them through Dassl (prompt learners after
trainers/coop.py and trainers/cocoop.py, ConstantWarmupScheduler after dassl/optim/lr_scheduler.py, the dict after
dassl/engine/trainer.py `save_model`), after two epochs of a step each, and what they make of a picture. Run once; tests
need the files only:

    pip install torch
    python tools/reference/context_checkpoints.py
"""

import json
import pathlib
import warnings
from collections import OrderedDict

import torch

OUT = pathlib.Path("tests/fixtures/contexts")
CLASSES, WIDTH, DIMENSIONS = 3, 8, 32
cases = {}


class ConstantWarmupScheduler(torch.optim.lr_scheduler.LRScheduler):
    def __init__(self, optimizer, successor, warmup_epoch, cons_lr):
        self.successor, self.warmup_epoch, self.cons_lr = successor, warmup_epoch, cons_lr
        super().__init__(optimizer)

    def get_lr(self):
        if self.last_epoch >= self.warmup_epoch:
            return self.successor.get_last_lr()
        return [self.cons_lr for _ in self.base_lrs]

    def step(self, epoch=None):
        if self.last_epoch >= self.warmup_epoch:
            self.successor.step(epoch)
            self._last_lr = self.successor.get_last_lr()
        else:
            super().step(epoch)


class PromptLearner(torch.nn.Module):
    def __init__(self, ctx, meta_net=False):
        super().__init__()
        self.ctx = torch.nn.Parameter(ctx)
        if meta_net:
            self.meta_net = torch.nn.Sequential(OrderedDict([
                ("linear1", torch.nn.Linear(DIMENSIONS, DIMENSIONS // 16)),
                ("relu", torch.nn.ReLU(inplace=True)),
                ("linear2", torch.nn.Linear(DIMENSIONS // 16, WIDTH)),
            ]))  # fmt: skip
        self.register_buffer("token_prefix", torch.randn(CLASSES, 1, WIDTH).to(ctx.dtype))
        self.register_buffer("token_suffix", torch.randn(CLASSES, 5, WIDTH).to(ctx.dtype))


def save(name, learner):
    optimizer = torch.optim.SGD(learner.parameters(), lr=0.002, momentum=0.9, weight_decay=5e-4)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 2.0)
    scheduler = ConstantWarmupScheduler(optimizer, cosine, 1, 1e-5)
    for _ in range(2):
        optimizer.zero_grad()
        sum((p.float() ** 2).sum() for p in learner.parameters()).backward()
        optimizer.step()
        scheduler.step()
    state = {
        "state_dict": learner.state_dict(), "epoch": 2, "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(), "val_result": 71.5,
    }  # fmt: skip
    torch.save(state, OUT / name)
    parameters = {k: v for k, v in learner.state_dict().items() if not k.startswith("token_")}
    cases[name] = {k: {"dims": list(v.shape), "values": v.float().reshape(-1).tolist()} for k, v in parameters.items()}


def main():
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    OUT.mkdir(parents=True, exist_ok=True)
    save("coop.pth.tar", PromptLearner(torch.randn(4, WIDTH) * 0.02))
    save("coop-class-specific-half.pth.tar", PromptLearner((torch.randn(CLASSES, 2, WIDTH) * 0.02).half()))
    learner = PromptLearner(torch.randn(4, WIDTH) * 0.02, meta_net=True)
    save("cocoop.pth.tar", learner)
    image = torch.randn(2, DIMENSIONS)
    with torch.no_grad():
        shift = learner.meta_net(image / image.norm(dim=-1, keepdim=True))
        contexts = learner.ctx[None] + shift[:, None]
    picture = {"image": image.reshape(-1).tolist(), "contexts": contexts.reshape(-1).tolist()}
    (OUT / "cases.json").write_text(json.dumps({"cases": cases, "picture": picture}))


main()
