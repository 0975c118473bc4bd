"""Writes tests/fixtures/dialects: small CLIP image towers exactly as other programs export and convert them (PyTorch's two
exporters, Hugging Face's CLIP, `nn.MultiheadAttention` as in OpenCLIP, ONNX Runtime's quantiser, float16 converter and
transformer optimiser), and the gradients that PyTorch computed in float64. Run once; tests need the files only:

    pip install torch transformers onnx onnxscript onnxruntime
    python tools/reference/dialects.py
"""

import base64
import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.float16 import convert_float_to_float16
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection, __version__ as transformers_version

OUT = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "dialects"
WIDTH, HEADS, LAYERS, EMBED, PATCH, IMAGE = 8, 2, 1, 4, 4, 8


class HuggingFace(nn.Module):
    """transformers' own CLIP image tower."""

    def __init__(self, attention, activation="quick_gelu", interpolate=False):
        super().__init__()
        config = CLIPVisionConfig(
            hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
            image_size=IMAGE, patch_size=PATCH, projection_dim=EMBED, hidden_act=activation, attn_implementation=attention)
        self.m = CLIPVisionModelWithProjection(config)
        self.interpolate = interpolate

    def forward(self, pixel_values):
        return self.m(pixel_values=pixel_values, interpolate_pos_encoding=self.interpolate).image_embeds


class Block(nn.Module):
    """OpenCLIP's ResidualAttentionBlock."""

    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attn = nn.MultiheadAttention(WIDTH, HEADS)
        self.fc, self.proj = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        return x + self.proj(nn.functional.gelu(self.fc(self.ln_2(x))))


class OpenClip(nn.Module):
    """OpenAI's and OpenCLIP's VisionTransformer: tokens first inside, projection by a plain matrix."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTH, PATCH, PATCH, bias=False)
        self.class_embedding = nn.Parameter(torch.zeros(WIDTH))
        self.positional_embedding = nn.Parameter(torch.zeros((IMAGE // PATCH) ** 2 + 1, WIDTH))
        self.ln_pre, self.ln_post = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.proj = nn.Parameter(torch.zeros(WIDTH, EMBED))

    def forward(self, pixel_values):
        x = self.conv1(pixel_values)
        x = x.reshape(x.shape[0], x.shape[1], -1).permute(0, 2, 1)
        token = self.class_embedding.to(x.dtype) + torch.zeros(x.shape[0], 1, x.shape[-1], dtype=x.dtype)
        x = self.ln_pre(torch.cat([token, x], dim=1) + self.positional_embedding).permute(1, 0, 2)
        for block in self.blocks:
            x = block(x)
        return self.ln_post(x.permute(1, 0, 2)[:, 0, :]) @ self.proj


def initialise(module, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, p in module.named_parameters():
        norm = p.dim() == 1 and name.endswith("weight")
        with torch.no_grad():
            p.copy_((0.1 if p.dim() == 1 else 0.4) * torch.randn(p.shape, generator=generator) + (1.0 if norm else 0.0))
    return module.eval()


def pack(tensor):
    values = np.ascontiguousarray(tensor.detach().numpy(), dtype="<f4")
    return {"dims": list(tensor.shape), "float32": base64.b64encode(values.tobytes()).decode()}


def torchscript(module, name, opset, size=IMAGE, dtype=torch.float32):
    axes = {"pixel_values": {0: "batch", 2: "height", 3: "width"}, "image_embeds": {0: "batch"}}
    torch.onnx.export(module, (torch.zeros(2, 3, size, size, dtype=dtype),), OUT / f"{name}.onnx", opset_version=opset,
                      dynamo=False, input_names=["pixel_values"], output_names=["image_embeds"], dynamic_axes=axes)


def dynamo(module, name, opset):
    program = torch.onnx.export(module, (torch.zeros(2, 3, IMAGE, IMAGE),), dynamo=True, opset_version=opset, verbose=False,
                                input_names=["pixel_values"], output_names=["image_embeds"],
                                dynamic_shapes=({0: torch.export.Dim("batch")},))
    program.save(OUT / f"{name}.onnx", external_data=False)


def without_notes(path):
    """The exporters' notes to themselves (stack traces, shapes of inner values) are most of a small file."""
    model = onnx.load(path)
    del model.graph.value_info[:]
    model.graph.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    onnx.save(model, path)


def main():
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    hf = initialise(HuggingFace("eager"), 1)
    sdpa = initialise(HuggingFace("sdpa"), 1)
    larger = initialise(HuggingFace("eager", interpolate=True), 1)
    open_clip = initialise(OpenClip(), 2)

    torchscript(hf, "hf_eager_11", 11)
    torchscript(sdpa, "hf_sdpa_14", 14)
    torchscript(larger, "hf_interpolated_18", 18, size=3 * PATCH)
    torchscript(open_clip, "openclip_17", 17)
    dynamo(sdpa, "hf_dynamo_18", 18)
    dynamo(open_clip, "openclip_dynamo_20", 20)
    torchscript(initialise(HuggingFace("eager"), 1).half(), "hf_half_14", 14, dtype=torch.float16)

    path = lambda name: str(OUT / f"{name}.onnx")
    optimizer.optimize_model(path("hf_eager_11"), model_type="clip", num_heads=HEADS, hidden_size=WIDTH,
                             opt_level=0).save_model_to_file(path("hf_fused_11"))
    onnx.save(convert_float_to_float16(onnx.load(path("hf_eager_11")), keep_io_types=True), path("hf_converted_half_11"))
    quantize_dynamic(path("hf_sdpa_14"), path("hf_int8_14"), per_channel=True, weight_type=QuantType.QInt8)
    quantize_dynamic(path("openclip_17"), path("openclip_uint8_17"), weight_type=QuantType.QUInt8)
    four_bits = MatMulNBitsQuantizer(onnx.load(path("hf_sdpa_14")), block_size=16, is_symmetric=True)
    four_bits.process()
    four_bits.model.save_model_to_file(path("hf_q4_14"))

    generator = torch.Generator().manual_seed(7)
    seed = torch.randn(2, EMBED, generator=generator)
    values = {"seed": pack(seed)}
    for name, module, size in [("hf", hf, IMAGE), ("hf_interpolated", larger, 3 * PATCH), ("openclip", open_clip, IMAGE)]:
        pixels = torch.randn(2, 3, size, size, generator=generator)
        exact = pixels.double().requires_grad_()
        features = module.double()(exact)
        (features * seed.double()).sum().backward()
        values[name] = {"pixel_values": pack(pixels), "image_embeds": pack(features), "gradient": pack(exact.grad)}
    written_by = {"torch": torch.__version__.split("+")[0], "transformers": transformers_version}
    (OUT / "values.json").write_text(json.dumps({"writtenBy": written_by, **values}) + "\n")
    for f in sorted(OUT.glob("*.onnx")):
        without_notes(f)
        print(f.name, f.stat().st_size)


if __name__ == "__main__":
    main()
