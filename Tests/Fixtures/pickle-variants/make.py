#!/usr/bin/env python3
"""Small pickles of jaxcld's CVX_ReLU_MLP in every protocol, with jax and NumPy arrays of several kinds.
Run with the environment of `make interop`; the weights are k/8, so every type holds them exactly."""
import pathlib
import pickle

import jax
import jax.numpy as jnp
import numpy as np
from jaxcld.models.cvx_relu_mlp import CVX_ReLU_MLP

HERE = pathlib.Path(__file__).parent
CLASSES, WIDTH, UNITS = 2, 3, 4


def model(array, beta=0.5, **extra):
    head = CVX_ReLU_MLP(None, None, CLASSES, UNITS // 2, beta, 0.1, None)
    head.theta1 = array((np.arange(CLASSES * WIDTH * UNITS) / 8 - 1).reshape(CLASSES, WIDTH, UNITS))
    head.theta2 = array((np.arange(CLASSES * UNITS) / 8 - 0.5).reshape(CLASSES, UNITS))
    for key, value in extra.items():
        setattr(head, key, value)
    return head


def write(name, value, protocol):
    (HERE / f"{name}.pkl").write_bytes(pickle.dumps(value, protocol=protocol))


def main():
    for protocol in range(6):
        write(f"jax-protocol{protocol}", model(lambda a: jnp.array(a, jnp.float32)), protocol)
        write(f"numpy-protocol{protocol}", model(lambda a: a.astype(np.float32)), protocol)
    write("float64", model(lambda a: a), 4)
    write("float16", model(lambda a: a.astype(np.float16)), 5)
    write("bfloat16", model(lambda a: jnp.array(a, jnp.bfloat16)), 4)
    write("big-endian", model(lambda a: a.astype(">f4")), 4)
    write("fortran", model(lambda a: np.asfortranarray(a.astype(np.float32))), 4)
    write("fortran-protocol5", model(lambda a: np.asfortranarray(a.astype(np.float32))), 5)
    # What else such an object may hold: scalars of NumPy, lists, wide and negative integers, text that
    # is not ASCII, an empty array, something that refers to itself.
    loop = []
    loop.append(loop)
    extra = dict(
        labels=[0, 1, 1], note="हिन्दी \\u0041 \n", wide=1 << 40, negative=-(1 << 40), tiny=-3,
        long_list=list(range(300)), empty=np.zeros((0, 3), np.float32), loop=loop, flags=(True, False),
        nested={"a": {"b": (1, (2, (3, ())))}}, half=np.float64(0.5), blob=b"", scalar=jnp.int32(7),
        same=[1.5] * 3)
    for protocol in range(6):
        write(
            f"extras-protocol{protocol}",
            model(lambda a: a.astype(np.float32), beta=np.float32(0.5), **extra), protocol)
    write("untrained", CVX_ReLU_MLP(None, None, 2, 2, 0.5, 0.1, None), 4)
    write("set", model(lambda a: a.astype(np.float32), names={"en"}), 4)
    write("objects", model(lambda a: a.astype(np.float32), y=np.array([None, "en"], object)), 4)


if __name__ == "__main__":
    main()
