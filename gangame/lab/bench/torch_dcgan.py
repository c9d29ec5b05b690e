"""A DCGAN in PyTorch, as its users write it, in one of the two ways in which images may lie in memory."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from gangame.lab.bench.torch_twin import Twin

CHANNELS_LAST = "channels last"


class DcganTwin(Twin):
    """Twin of a DCGAN.

    Its images are ours upside down and the wrong way round: where a padding is odd, PyTorch has the larger half in
    front and we have it behind. So a plain PyTorch network with turned kernels computes what ours does.
    """

    game, has = "dcgan", "DCGANs with transposed convolutions, the norms batch and none, in float32, without"
    layouts = ("", CHANNELS_LAST)

    def is_plain(self) -> bool:
        """Returns whether the networks are such as this twin has."""
        arguments = self.arguments
        norms = {arguments["norm"], arguments["discriminator_norm"] or arguments["norm"]}
        return norms <= {"batch", "none"} and arguments["upsampling"] == "transposed" and arguments["dtype"] is None

    def hold(self, data: Any) -> None:
        """Keeps the images, a `data.Images`."""
        self.images = self.given(np.array(data.scaled(data.pixels)))

    def given(self, real: np.ndarray) -> Any:
        """Returns images `[batch, height, width, channels]` as the networks take them."""
        return self._laid(self.torch.tensor(real).permute(0, 3, 1, 2).flip(2, 3))

    def sample(self) -> tuple[Any, Any]:
        """Returns data and latents."""
        num, latent_dim = self.size
        index = self.torch.randint(len(self.images), (num,))
        return self._laid(self.images[index]), self.torch.randn(num, latent_dim)

    def network(self, name: str, parameters: Mapping[str, Any]) -> Any:
        """Returns the network of a player."""
        layers = self._generator(parameters) if name == "generator" else self._discriminator(parameters)
        return self._laid(self.torch.nn.Sequential(*layers))

    def _laid(self, array: Any) -> Any:
        """Returns a tensor, or a network with its kernels, as it is to lie in memory."""
        form = self.torch.channels_last if self.layout == CHANNELS_LAST else self.torch.contiguous_format
        if isinstance(array, self.torch.nn.Module):
            return array.to(memory_format=form)
        return array.contiguous(memory_format=form)

    def _generator(self, parameters: Mapping[str, Any]) -> list[Any]:
        nn, taps, dense = self.torch.nn, self.arguments["kernel_size"], parameters["Dense_0"]
        (inputs, outputs), width = dense["kernel"].shape, parameters["ConvTranspose_0"]["kernel"].shape[2]
        base = round((outputs / width) ** 0.5)

        def turned(array: Any) -> np.ndarray:  # `[..., base² · width]`, of which the channels come first in PyTorch
            maps = np.array(array).reshape(-1, base, base, width)[:, ::-1, ::-1]
            return maps.transpose(3, 1, 2, 0).reshape(outputs, -1)

        bias = turned(dense["bias"]).ravel() if "bias" in dense else None
        linear = nn.Linear(inputs, outputs, bias=bias is not None)
        layers = [self.copied(linear, turned(dense["kernel"]), bias), nn.Unflatten(1, (width, base, base))]
        for index in range(sum(name.startswith("ConvTranspose") for name in parameters)):
            own = parameters[f"ConvTranspose_{index}"]
            kernel = np.array(own["kernel"])
            conv = nn.ConvTranspose2d(
                *kernel.shape[2:], taps, 2, (taps - 1) // 2, output_padding=taps % 2, bias="bias" in own
            )
            layers += [*self._norm(parameters, index), nn.ReLU()]
            layers.append(self.copied(conv, kernel.transpose(2, 3, 0, 1), own.get("bias")))
        return [*layers, nn.Tanh()]

    def _discriminator(self, parameters: Mapping[str, Any]) -> list[Any]:
        nn, taps = self.torch.nn, self.arguments["kernel_size"]
        layers: list[Any] = []
        for index in range(sum(name.startswith("Conv") for name in parameters)):
            own = parameters[f"Conv_{index}"]
            kernel = np.array(own["kernel"])[::-1, ::-1]
            conv = nn.Conv2d(*kernel.shape[2:], taps, 2, (taps - 1) // 2, bias="bias" in own)
            layers.append(self.copied(conv, kernel.transpose(3, 2, 0, 1), own.get("bias")))
            layers += [*(self._norm(parameters, index - 1) if index else ()), nn.LeakyReLU(0.2)]
        kernel, width = np.array(parameters["Dense_0"]["kernel"]), kernel.shape[3]
        base = round((len(kernel) / width) ** 0.5)
        turned = kernel.reshape(base, base, width)[::-1, ::-1].transpose(2, 0, 1).reshape(1, -1)
        return [*layers, nn.Flatten(), self.copied(nn.Linear(len(kernel), 1), turned, parameters["Dense_0"]["bias"])]

    def _norm(self, parameters: Mapping[str, Any], index: int) -> list[Any]:
        own = parameters.get(f"BatchNorm_{index}")
        if own is None:
            return []
        norm = self.torch.nn.BatchNorm2d(len(own["scale"]), track_running_stats=False)
        return [self.copied(norm, own["scale"], own["bias"])]
