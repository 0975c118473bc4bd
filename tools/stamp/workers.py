"""Two single-threaded processes that average their gradients: on a shared machine far faster than threads in lock step."""

from __future__ import annotations

import copy
import time

import torch
import torch.distributed as distributed
from torch import nn

WORKERS = 2


def join(rank: int, port: int) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=WORKERS)


def average_gradients(parameters: list[nn.Parameter]) -> None:
    given = [p for p in parameters if p.grad is not None]
    flat = torch.cat([p.grad.flatten() for p in given])
    distributed.all_reduce(flat)
    flat /= WORKERS
    for p, g in zip(given, flat.split([p.numel() for p in given])):
        p.grad.copy_(g.view_as(p))


def too_late(step: int, started: float, minutes: float) -> bool:
    """Whether the safety stop is reached; asked of worker 0 every 50 steps, so that both stop at the same step."""
    if (step + 1) % 50:
        return False
    late = torch.tensor(float(time.time() - started > minutes * 60))
    distributed.broadcast(late, 0)
    return bool(late)


class Average:
    """An exponential moving average of a model's whole state (weights and batch-norm statistics)."""

    EVERY = 5

    def __init__(self, model: nn.Module, keep: float = 0.997):
        self.model, self.keep = copy.deepcopy(model).eval(), keep

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        if (step + 1) % self.EVERY:
            return
        keep = min(self.keep**self.EVERY, (step + 1) / (step + 40))
        for a, p in zip(self.model.state_dict().values(), model.state_dict().values()):
            a.copy_(p) if not a.is_floating_point() else a.lerp_(p, 1 - keep)


def adamw(model: nn.Module, rate: float, decay: float = 0.05) -> torch.optim.AdamW:
    """Weight decay on matrices only."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    groups = [{"params": [p for p in parameters if p.ndim >= 2], "weight_decay": decay}, {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=True)
