"""Reference values for Tip-Adapter-F and AdamW, from PyTorch: the equations of Zhang et al. 2022 on random features.

    python tools/reference/tip_adapter.py    (torch 2.13; from the root of the repository)

Writes tests/fixtures/probe/tip-adapter.json: float32 inputs, Tip-Adapter's logits, the losses of 20 steps of AdamW (rate 1e-3,
eps 1e-4, decay 0.01, cosine by step) on all rows, the keys after them; and 10 steps of AdamW alone on given gradients.
"""
import json
from pathlib import Path

import torch
import torch.nn.functional as F

torch.manual_seed(5)
N, V, D, C, STEPS = 12, 9, 6, 3, 20
ALPHA, BETA, SCALE = 1.17, 1.5, 20.0

unit = lambda x: F.normalize(x, dim=1)
centres = torch.randn(C, D)
labels, asked = torch.arange(N) % C, torch.arange(V) % C
train = centres[labels] + 0.8 * torch.randn(N, D)
val = centres[asked] + 0.8 * torch.randn(V, D)
text = SCALE * unit(centres + torch.randn(C, D)).T
values = F.one_hot(labels, C).float()


def tip(features, keys):
    f = unit(features)
    return f @ text + ALPHA * torch.exp(-BETA * (1 - f @ keys.T)) @ values


keys = torch.nn.Parameter(unit(train))
start = tip(val, keys).detach()
optimiser = torch.optim.AdamW([keys], lr=1e-3, eps=1e-4)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
losses = []
for _ in range(STEPS):
    loss = F.cross_entropy(tip(train, keys), labels)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    schedule.step()
    losses.append(loss.item())

p = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5, 3.0]))
plain = torch.optim.AdamW([p], lr=0.05, betas=(0.9, 0.99), eps=1e-3, weight_decay=0.1)
gradients = torch.randn(10, 4)
steps = []
for g in gradients:
    p.grad = g.clone()
    plain.step()
    steps.append(p.detach().tolist())

flat = lambda x: x.detach().flatten().tolist()
Path("tests/fixtures/probe/tip-adapter.json").write_text(json.dumps({
    "width": D, "classes": C, "alpha": ALPHA, "beta": BETA, "labels": labels.tolist(), "asked": asked.tolist(),
    "train": flat(train), "val": flat(val), "text": flat(text), "logits": flat(start), "losses": losses, "keys": flat(keys),
    "adamw": {"start": [1.0, -2.0, 0.5, 3.0], "gradients": gradients.tolist(), "steps": steps},
}) + "\n")
