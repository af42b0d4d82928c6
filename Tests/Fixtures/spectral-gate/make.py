"""What noisereduce 3.0.3 makes of a noisy sound, for SpectralGateTests: python3 make.py
Needs noisereduce, numpy and safetensors."""
import os
import noisereduce
import numpy as np
from safetensors.numpy import save_file

rate = 16_000
random = np.random.default_rng(5)
t = np.arange(int(0.6 * rate)) / rate
sound = 0.2 * np.sin(2 * np.pi * 440 * t * (1 + 0.1 * t)) * (np.sin(2 * np.pi * 2.5 * t) > 0)
sound = (sound + 0.02 * random.standard_normal(t.size)).astype(np.float32)
# In double precision, as our own is inside; noisereduce computes in its input's type otherwise.
wide = sound.astype(np.float64)
kept = {"sound": sound}
for name, stationary in [("stationary", True), ("moving", False)]:
    result = noisereduce.reduce_noise(wide, rate, stationary=stationary, prop_decrease=0.85)
    kept[name] = result.astype(np.float32)
here = os.path.dirname(os.path.abspath(__file__))
save_file(kept, os.path.join(here, "expected.safetensors"))
