"""A game in PyTorch, as its users write it: the same networks, optimiser, batches and steps, eager."""

import importlib.util
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from gangame.core import Players
from gangame.games import GAMES
from gangame.lab import spec
from gangame.lab.optimizers import Setting
from gangame.lab.spec import UserError

RULES = ("simultaneous", "alternating", "unrolled")
NOT_TRANSLATED = ("penalty", "real_label", "fake_label", "noise", "packing", "match_features", "spectral_norm")


def installed() -> bool:
    """Returns whether PyTorch is there."""
    return importlib.util.find_spec("torch") is not None


class Twin:
    """One player pair in PyTorch, with the parameters, data and optimisers of ours; this one is of a mixture."""

    game, has = "mixture", "mixtures without maxout, batch normalisation, weights"
    """The game of the catalogue, and what of it there is, for who asks for more."""
    layouts: tuple[str, ...] = ("",)
    """How arrays lie in memory, for who asks for another one."""

    def __init__(
        self, game: spec.Spec, players: Players, data: Any, optimizers: Mapping[str, Setting], layout: str = ""
    ):
        """Copies the parameters.

        Args:
          game: the game of this twin.
          players: its players, whose layers have the names that Flax gives.
          data: what the game samples from.
          optimizers: each player's; Adam only.
          layout: one of `layouts`.

        Raises:
          UserError: what this twin does not have.
        """
        import torch

        self.torch, self.layout = torch, layout
        self.arguments = arguments = spec.complete(game, GAMES)
        plain = game.name == self.game and arguments["cost"] in ("minimax", "non_saturating") and self.is_plain()
        defaults = spec.parameters(GAMES[self.game])
        left_out = [name for name in NOT_TRANSLATED if name in defaults]
        if not plain or any(arguments[name] != defaults[name].default for name in left_out):
            raise UserError(
                f"PyTorch's twin of {game} is not written; there is one of {self.has} and {', '.join(left_out)}, with "
                "the minimax or the non-saturating cost."
            )
        if any(each.name != "adam" for each in optimizers.values()):
            raise UserError("PyTorch's twin has Adam as its optimizer and no other; leave --optimizer out.")
        with torch.no_grad():
            self.networks = {name: self.network(name, parameters) for name, parameters in players.items()}
        self.optimizers = {
            name: torch.optim.Adam(
                self.networks[name].parameters(), each.learning_rate,
                betas=(each.arguments.get("b1", 0.9), each.arguments.get("b2", 0.999)),
                eps=each.arguments.get("eps", 1e-8),
            )
            for name, each in optimizers.items()
        }  # fmt: skip
        self.adam = optimizers
        self.moments: Any = None
        self.hold(data)
        self.input_scale = arguments.get("input_scale", 1.0)
        self.size = arguments["batch_size"], arguments["latent_dim"]

    def is_plain(self) -> bool:
        """Returns whether the networks are such as this twin has."""
        arguments = self.arguments
        return arguments.get("maxout") == 1 and not arguments["batch_norm"] and arguments["weights"] is None

    def hold(self, data: Any) -> None:
        """Keeps the data, a `data.Mixture`."""
        self.centers, self.std = self.torch.tensor(np.array(data.centers)), float(data.std)

    def network(self, name: str, parameters: Mapping[str, Any]) -> Any:
        """Returns the network of a player."""
        del name
        nn = self.torch.nn
        activation = {
            "relu": nn.ReLU(), "tanh": nn.Tanh(), "softplus": nn.Softplus(), "elu": nn.ELU(),
            "leaky_relu": nn.LeakyReLU(0.2),
        }[self.arguments["activation"]]  # fmt: skip
        layers: list[Any] = []
        for index in range(len(parameters)):
            layer = parameters[f"Dense_{index}"]
            layers += [self.copied(nn.Linear(*layer["kernel"].shape), layer["kernel"].T, layer["bias"]), activation]
        return nn.Sequential(*layers[:-1])

    def copied(self, layer: Any, weight: Any, bias: Any = None) -> Any:
        """Returns a layer with this weight and bias."""
        layer.weight.copy_(self.torch.tensor(np.array(weight)))
        if bias is not None:
            layer.bias.copy_(self.torch.tensor(np.array(bias)))
        return layer

    def given(self, real: np.ndarray) -> Any:
        """Returns a batch of ours as the networks take it."""
        return self.torch.tensor(real)

    def sample(self) -> tuple[Any, Any]:
        """Returns data and latents."""
        torch, (num, latent_dim) = self.torch, self.size
        mode = torch.randint(len(self.centers), (num,))
        return self.centers[mode] + self.std * torch.randn(num, 2), torch.randn(num, latent_dim)

    def discriminator_loss(self, real: Any, fake: Any, discriminator: Callable | None = None) -> Any:
        """Returns J_D = −½ E log D(x) − ½ E log(1 − D(G(z)))."""
        softplus, judge = self.torch.nn.functional.softplus, discriminator or self.networks["discriminator"]
        scale = self.input_scale
        return (softplus(-judge(real * scale)).mean() + softplus(judge(fake * scale)).mean()) / 2

    def generator_loss(self, real: Any, fake: Any, discriminator: Callable | None = None) -> Any:
        """Returns J_G; where the cost is minimax also on the data, where an unrolled discriminator depends on G."""
        if self.arguments["cost"] == "minimax":
            return -self.discriminator_loss(real, fake, discriminator)
        return self.generator_loss_on_samples(fake, discriminator)

    def generator_loss_on_samples(self, fake: Any, discriminator: Callable | None = None) -> Any:
        """Returns the part of J_G that moves with G while the discriminator is held."""
        softplus, judge = self.torch.nn.functional.softplus, discriminator or self.networks["discriminator"]
        logits = judge(fake * self.input_scale)
        return (softplus(-logits) if self.arguments["cost"] == "non_saturating" else -softplus(logits)).mean() / 2

    def losses(self, real: np.ndarray, latents: np.ndarray) -> dict[str, float]:
        """Returns both losses on one given batch."""
        with self.torch.no_grad():
            x, fake = self.given(real), self.networks["generator"](self.torch.tensor(latents))
            losses = {"discriminator": self.discriminator_loss(x, fake), "generator": self.generator_loss(x, fake)}
        return {name: float(loss) for name, loss in losses.items()}

    def step(self, rule: spec.Spec, compiled: bool = False) -> Callable[[], None]:
        """Returns the function that does one step of a rule.

        Args:
          rule: one of `RULES`, with no arguments besides the depth.
          compiled: the losses go through `torch.compile`.

        Raises:
          UserError: another rule, or an unrolled one to be compiled: gradients of what is compiled carry no graph, so
            that what second derivatives add would be lost without a word.
        """
        if rule.name not in RULES or set(rule.arguments) - {"depth"}:
            raise UserError(f"PyTorch's twin of {rule} is not written; there is one of {', '.join(RULES)}.")
        if rule.name == "unrolled" and compiled:
            raise UserError("torch.compile has no second derivatives, which unrolling needs.")
        if rule.name == "unrolled":
            return lambda: self._unrolled(rule.arguments.get("depth", 5))
        fix = self.torch.compile if compiled else lambda function: function
        cost_d, cost_g = fix(self.discriminator_loss), fix(self.generator_loss_on_samples)
        return lambda: self._plain(rule.name == "alternating", cost_d, cost_g)

    def _plain(self, alternating: bool, cost_d: Callable, cost_g: Callable) -> None:
        real, latents = self.sample()
        with self.torch.set_grad_enabled(not alternating):
            fake = self.networks["generator"](latents)
        self.optimizers["discriminator"].zero_grad()
        cost_d(real, fake.detach()).backward()
        if alternating:
            self.optimizers["discriminator"].step()
            real, latents = self.sample()
            fake = self.networks["generator"](latents)
        self.optimizers["generator"].zero_grad()
        inputs = list(self.networks["generator"].parameters())
        loss = cost_g(fake)
        for parameter, gradient in zip(inputs, self.torch.autograd.grad(loss, inputs), strict=True):
            parameter.grad = gradient
        if not alternating:
            self.optimizers["discriminator"].step()
        self.optimizers["generator"].step()

    def _unrolled(self, depth: int) -> None:
        """Adam inside the graph by hand; the first inner step is the discriminator's own."""
        torch, network = self.torch, self.networks["discriminator"]
        real, latents = self.sample()
        fake = self.networks["generator"](latents)
        own = dict(network.named_parameters())
        if self.moments is None:
            self.moments = 0, *({name: torch.zeros_like(each) for name, each in own.items()} for _ in range(2))
        where = [(own, self.moments)]
        for _ in range(depth):
            moved, moments = where[-1]
            loss = self.discriminator_loss(real, fake, partial(torch.func.functional_call, network, moved))
            slopes = torch.autograd.grad(loss, list(moved.values()), create_graph=True)
            where.append(self._adam_step(moved, moments, dict(zip(moved, slopes, strict=True))))
        self.optimizers["generator"].zero_grad()
        judge = partial(torch.func.functional_call, network, where[-1][0])
        inputs = list(self.networks["generator"].parameters())
        slopes = torch.autograd.grad(self.generator_loss(real, fake, judge), inputs)
        for parameter, slope in zip(inputs, slopes, strict=True):
            parameter.grad = slope
        self.optimizers["generator"].step()
        stepped, (count, *trees) = where[min(depth, 1)]
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(stepped[name])
        self.moments = count, *({name: each.detach() for name, each in tree.items()} for tree in trees)

    def _adam_step(self, moved: dict, moments: tuple, slopes: dict) -> tuple[dict, tuple]:
        setting = self.adam["discriminator"]
        given = {"b1": 0.9, "b2": 0.999, "eps": 1e-8, "eps_root": 0.0, **setting.arguments}
        b1, b2 = given["b1"], given["b2"]
        count = moments[0] + 1
        mean = {name: b1 * moments[1][name] + (1 - b1) * slope for name, slope in slopes.items()}
        square = {name: b2 * moments[2][name] + (1 - b2) * slope**2 for name, slope in slopes.items()}
        after = {}
        for name, each in moved.items():
            root = (square[name] / (1 - b2**count) + given["eps_root"]).sqrt() + given["eps"]
            after[name] = each - setting.learning_rate * (mean[name] / (1 - b1**count)) / root
        return after, (count, mean, square)
