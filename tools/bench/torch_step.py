"""A CLIP image tower in PyTorch on the CPU, frozen, timed on request: the benchmark's yardstick outside of JavaScript.

Started as: python3 torch_step.py '{"image":224,"patch":32,"width":768,"layers":12,"heads":12,"projection":512,"batch":4}'
It says "ready" and its threads; for each line "forward" or "step" on stdin it does one and answers with milliseconds.
A step is the loss and its gradient with respect to what is added to all pictures; weights want none.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

size = json.loads(sys.argv[1])
WIDTH, HEADS, CLASSES = size["width"], size["heads"], 10


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.wide, self.narrow = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, WIDTH)
        x = x + self.out(mixed)
        h = self.wide(self.norm2(x))
        return x + self.narrow(h * torch.sigmoid(1.702 * h))


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, WIDTH, size["patch"], size["patch"], bias=False)
        self.first = nn.Parameter(torch.randn(1, 1, WIDTH))
        self.places = nn.Parameter(torch.randn((size["image"] // size["patch"]) ** 2 + 1, WIDTH))
        self.before, self.after = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(size["layers"])))
        self.project = nn.Linear(WIDTH, size["projection"], bias=False)

    def forward(self, pixels):
        x = self.patches(pixels).flatten(2).transpose(1, 2)
        x = torch.cat([self.first.expand(len(x), -1, -1), x], 1) + self.places
        x = self.blocks(self.before(x))
        return self.project(self.after(x[:, 0]))


torch.manual_seed(1)
tower = Tower().eval().requires_grad_(False)
pixels = torch.randn(size["batch"], 3, size["image"], size["image"])
classes = F.normalize(torch.randn(size["projection"], CLASSES), dim=0) * 100
targets = torch.arange(size["batch"]) % CLASSES


def loss(x):
    return F.cross_entropy(F.normalize(tower(x), dim=1) @ classes, targets)


def forward():
    with torch.inference_mode():
        loss(pixels)


def step():
    border = torch.zeros(1, *pixels.shape[1:], requires_grad=True)
    torch.autograd.grad(loss(pixels + border), border)


print(f"ready {torch.__version__} {torch.get_num_threads()}", flush=True)
for line in sys.stdin:
    started = time.perf_counter()
    {"forward": forward, "step": step}[line.strip()]()
    print((time.perf_counter() - started) * 1000, flush=True)
