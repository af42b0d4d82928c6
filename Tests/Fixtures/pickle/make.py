"""Heads that jaxcld trains and pickle writes, and files that must be refused: python3 make.py [--check]

    pip install jax==0.10.2 numpy==2.4.6 safetensors==0.8.0                    for model*.pkl
    pip install jax==0.4.38 jaxlib==0.4.38 numpy==1.26.4 safetensors==0.8.0    for model-oldjax.pkl
    pip install --no-deps jaxcld==0.2.4                                        for both

in two environments, on Python 3.11: jax's version says which of them is made. The rows to train on are
inputs: they are taken out of the pickle that is there."""
import json
import os
import pathlib
import pickle
import pickletools
import struct
import sys

os.environ.update(JAX_PLATFORMS="cpu", XLA_FLAGS="--xla_cpu_multi_thread_eigen=false")
import jax
import numpy as np
from jaxcld.models.cvx_relu_mlp import CVX_ReLU_MLP
from jaxcld.optimizers.admm import admm

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import remake

OLD = jax.__version_info__ < (0, 5)
PACKAGES = {"jax", "jaxlib", "numpy", "jaxcld", "ml_dtypes", "builtins", "copyreg", "_codecs"}


def train(data, h):
    model = CVX_ReLU_MLP(
        data.X, data.y, h["n_classes"], h["neurons"], h["beta"], h["rho"],
        jax.random.PRNGKey(h["key_seed"]))
    model.init_model()
    model.Xtst, model.ytst = data.Xtst, data.ytst
    names = ("rank", "beta", "gamma_ratio", "admm_iters", "pcg_iters")
    admm(model, {name: h[name] for name in names} | {"check_opt": False})
    return model


def tensors(model):
    logits = model.stacked_predict(model.Xtst, model.theta1, model.theta2)
    values = {name: getattr(model, name) for name in ("theta1", "theta2", "v", "d_diags")}
    values |= {"features": model.Xtst, "logits": logits}
    return {name: np.asarray(value) for name, value in values.items()}


def layout(data):
    operations, names, protocol = set(), set(), 0
    for operation, argument, _ in pickletools.genops(data):
        operations.add(operation.name)
        if operation.name == "PROTO":
            protocol = argument
        if operation.name == "GLOBAL":
            names.add(argument.replace(" ", "."))
        if isinstance(argument, str) and argument.split(".")[0] in PACKAGES:
            names.add(argument)
    return {"protocol": protocol, "opcodes": sorted(operations), "module_strings": sorted(names),
            "bytes": len(data)}


def hostile(good):
    """Files as bad.json describes them; written by opcode, the command in the first is harmless."""
    text = lambda word: pickle.SHORT_BINUNICODE + bytes([len(word)]) + word.encode()
    return {
        "bad-os-system.pkl": pickle.GLOBAL + b"os\nsystem\n" + pickle.MARK + pickle.STRING
        + b"'echo unpickled > UNPICKLED.txt'\n" + pickle.TUPLE + pickle.REDUCE + pickle.STOP,
        "bad-truncated.pkl": good[:len(good) * 6 // 10],
        "bad-huge-length.pkl": pickle.PROTO + b"\4" + text("jaxcld.models.cvx_relu_mlp")
        + text("CVX_ReLU_MLP") + pickle.STACK_GLOBAL + pickle.EMPTY_TUPLE + pickle.NEWOBJ
        + pickle.EMPTY_DICT + text("theta1") + pickle.BINBYTES8 + struct.pack("<Q", 1 << 60) + bytes(16)
        + pickle.SETITEM + pickle.BUILD + pickle.STOP,
    }


def main():
    again = remake.Remake(HERE, remake.parser(__doc__).parse_args().check)
    stem = "model-oldjax" if OLD else "model"
    info = remake.read_json(HERE / f"{stem}.json")
    stored = pickle.loads((HERE / f"{stem}.pkl").read_bytes())
    model = train(stored, info["hyperparameters"])
    new, layouts = tensors(model), remake.read_json(HERE / "layout.json")
    for name in info["files"]:
        protocol = int(name[-5]) if "-protocol" in name else info["default_protocol"]
        data = pickle.dumps(model, protocol=protocol)
        layouts[name] = layout(data)
        if not again.check:
            (HERE / name).write_bytes(data)
    if again.check:
        # What is there belongs together: stored values exact, logits as the README says.
        print("the pickle that is there:")
        again.tensors(info["expected"], tensors(stored), lambda key: (
            remake.absolute, 1e-5 if key == "logits" else 0))
        print("trained anew:")
    # 12 steps of conjugate gradients: the solver fixture's README says what rounding does to them on
    # another processor, and that 0.05 allows for it.
    again.tensors(
        info["expected"], new,
        lambda key: (remake.absolute, 0) if key in ("features", "d_diags") else (remake.frobenius, 0.05),
        metadata={"languages": json.dumps(info["languages"])})
    info["labels"] = [info["languages"][i] for i in new["logits"].argmax(1)]
    info["attributes"] = {
        key: list(value.shape) if hasattr(value, "shape") else value
        for key, value in vars(model).items()}
    again.json(f"{stem}.json", info | {"versions": remake.versions("jax", "jaxlib", "numpy")})
    # The size follows the numbers: protocol 2 writes bytes as text.
    again.json("layout.json", layouts, ignoring=("bytes",))
    if not OLD:
        # Of the file that is there, which is by now the new one where files are written.
        for name, data in hostile((HERE / "model.pkl").read_bytes()).items():
            again.bytes(name, data)
    again.end()


main()
