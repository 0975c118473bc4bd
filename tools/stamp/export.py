"""Writes a trained Stamp as a hub CLIP: config, preprocessor and two ONNX graphs (opset 14), each checked against PyTorch.

    export.py /tmp/stamp/stamp.pt public/models/stamp
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from bpe import CONTEXT, Tokenizer
from model import Config, Stamp

OPSET = 14
MEAN = [0.48145466, 0.4578275, 0.40821073]
STD = [0.26862954, 0.26130258, 0.27577711]


def load(path: str) -> Stamp:
    """The trained model, batch norm folded away, ready for inference."""
    saved = torch.load(path, weights_only=False)
    model = Stamp(saved["config"])
    model.load_state_dict(saved["state"])
    model.vision.embeddings.stem.fold()
    return model.eval()


def configuration(c: Config, logit_scale: float, tokenizer: Tokenizer) -> dict:
    start, end = tokenizer.encode("")[:2]
    shared = {"hidden_size": c.width, "intermediate_size": 4 * c.width, "num_attention_heads": c.heads, "hidden_act": "quick_gelu",
              "layer_norm_eps": 1e-5, "attention_dropout": 0.0, "projection_dim": c.projection}
    return {
        "_name_or_path": "stamp", "architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": c.projection,
        "logit_scale": logit_scale, "logit_scale_init_value": 2.6592,
        "text_config": {"model_type": "clip_text_model", "vocab_size": c.vocabulary, "max_position_embeddings": c.context,
                        "num_hidden_layers": c.text_layers, "bos_token_id": start, "eos_token_id": end, "pad_token_id": end, **shared},
        "vision_config": {"model_type": "clip_vision_model", "image_size": c.image_size, "patch_size": c.image_size // int(c.patches**0.5),
                          "num_channels": 3, "num_hidden_layers": c.vision_layers, "stem_channels": list(c.stem), **shared},
    }


def preprocessor(size: int) -> dict:
    return {
        "image_processor_type": "CLIPImageProcessor", "feature_extractor_type": "CLIPFeatureExtractor",
        "do_convert_rgb": True, "do_resize": True, "size": {"shortest_edge": size}, "resample": 3,
        "do_center_crop": True, "crop_size": {"height": size, "width": size},
        "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": MEAN, "image_std": STD,
    }


def write_atomically(path: Path, data: bytes) -> None:
    """Others read these files while they are being replaced."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(data)
    os.replace(temporary, path)


def write_graphs(model: Stamp, folder: Path) -> None:
    c = model.config
    pixels = torch.randn(2, 3, c.image_size, c.image_size)
    ids = torch.randint(0, c.vocabulary - 1, (2, 9))
    ids[:, -2:] = c.vocabulary - 1
    parts = {
        "vision_model": (model.vision, pixels, "pixel_values", "image_embeds", {0: "batch_size", 1: "num_channels", 2: "height", 3: "width"}),
        "text_model": (model.text, ids, "input_ids", "text_embeds", {0: "batch_size", 1: "sequence_length"}),
    }
    for name, (module, example, input_name, output_name, axes) in parts.items():
        temporary = folder / f"{name}.onnx.tmp"
        torch.onnx.export(module, (example,), str(temporary), input_names=[input_name], output_names=[output_name], opset_version=OPSET,
                          dynamo=False, do_constant_folding=True, dynamic_axes={input_name: axes, output_name: {0: "batch_size"}})
        onnx.checker.check_model(onnx.load(str(temporary)), full_check=True)
        os.replace(temporary, folder / f"{name}.onnx")


@torch.no_grad()
def check(model: Stamp, folder: Path) -> dict[str, float]:
    """Largest differences between ONNX Runtime and PyTorch, at several batch sizes and sequence lengths."""
    worst = {"vision": 0.0, "text": 0.0, "length": 0.0}
    vision = onnxruntime.InferenceSession(str(folder / "vision_model.onnx"), providers=["CPUExecutionProvider"])
    text = onnxruntime.InferenceSession(str(folder / "text_model.onnx"), providers=["CPUExecutionProvider"])
    end = model.config.vocabulary - 1
    for batch in (1, 7):
        x = torch.randn(batch, 3, model.config.image_size, model.config.image_size)
        y = vision.run(None, {"pixel_values": x.numpy()})[0]
        worst["vision"] = max(worst["vision"], float(np.abs(y - model.vision(x).numpy()).max()))
        ids = torch.randint(0, end, (batch, CONTEXT))
        ids[:, 6:] = end
        long = text.run(None, {"input_ids": ids.numpy()})[0]
        short = text.run(None, {"input_ids": ids[:, :8].numpy()})[0]
        worst["text"] = max(worst["text"], float(np.abs(long - model.text(ids).numpy()).max()))
        worst["length"] = max(worst["length"], float(np.abs(long - short).max()))
    assert max(worst.values()) < 1e-4, worst
    return worst


def write_sums(folder: Path) -> None:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "sha256" and not p.name.endswith(".tmp"))
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder)}" for p in files]
    write_atomically(folder / "sha256", ("\n".join(lines) + "\n").encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint")
    parser.add_argument("folder")
    args = parser.parse_args()
    folder = Path(args.folder)
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    model = load(args.checkpoint)
    tokenizer = Tokenizer.load(folder)
    for name, content in (("config.json", configuration(model.config, float(model.logit_scale.detach()), tokenizer)), ("preprocessor_config.json", preprocessor(model.config.image_size))):
        write_atomically(folder / name, (json.dumps(content, indent=2) + "\n").encode())
    write_graphs(model, folder / "onnx")
    print("ONNX against PyTorch, largest difference:", check(model, folder / "onnx"))
    write_sums(folder)


if __name__ == "__main__":
    main()
