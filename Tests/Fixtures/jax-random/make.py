"""jax.random's draws for the seeds and shapes of info.json, as threefry is by default (partitionable) and as
it was before jax 0.5 (legacy): python3 make.py [--check]

    pip install jax==0.10.2 numpy==2.4.6 safetensors==0.8.0

The distance of the normals from float64's erfinv in info.json was measured once and is left as it is."""
import os
import pathlib
import sys

os.environ["JAX_PLATFORMS"] = "cpu"
import jax
import jax.numpy as jnp

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import remake


def draws(info):
    result = {}
    for seed in info["seeds"]:
        key = jax.random.PRNGKey(seed)
        carry, draw = jax.random.split(key)
        result |= {f"seed{seed}.key": key, f"seed{seed}.split0": carry, f"seed{seed}.split1": draw}
        for name, sample, shapes, dtype in (
                ("bits", jax.random.bits, info["bit_shapes"], jnp.uint32),
                ("uniform", jax.random.uniform, info["uniform_shapes"], jnp.float32),
                ("normal", jax.random.normal, info["normal_shapes"], jnp.float32)):
            for shape in shapes:
                text = "x".join(map(str, shape))
                result[f"seed{seed}.{name}.{text}"] = sample(draw, tuple(shape), dtype)
    return result


def main():
    again = remake.Remake(HERE, remake.parser(__doc__).parse_args().check)
    info = remake.read_json(HERE / "info.json")
    for name, file in info["files"].items():
        with jax.threefry_partitionable(file["jax_threefry_partitionable"]):
            tensors = draws(info)
        again.tensors(
            name, tensors,
            lambda key: (remake.normals, 1) if ".normal." in key else (remake.absolute, 0))
    again.json("info.json", info | {"versions": remake.versions("jax", "jaxlib", "numpy")})
    again.end()


main()
