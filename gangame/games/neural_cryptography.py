"""Neural cryptography: two who share a key against one who listens."""

import dataclasses

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players
from gangame.nets import Network, mlp
from gangame.ranges import check_sizes


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class CipherInit:
    """`init` of the game: Alice and Bob are one player, Eve is the other."""

    alice: Network
    bob: Network
    eve: Network

    def __call__(self, key: Key) -> Players:
        """Returns the players."""
        key_alice, key_bob, key_eve = jax.random.split(key, 3)
        return {
            "alice_and_bob": {"alice": self.alice.init(key_alice), "bob": self.bob.init(key_bob)},
            "eve": self.eve.init(key_eve),
        }


def _bits(key: Key, batch_size: int, num_bits: int) -> Array:
    return jax.random.rademacher(key, (batch_size, num_bits), jnp.result_type(float))


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class CipherSample:
    """`sample` of the game: plain texts and keys, bits that are −1 or 1."""

    batch_size: int = dataclasses.field(metadata={"static": True})
    num_bits: int = dataclasses.field(metadata={"static": True})

    def __call__(self, key: Key) -> Batch:
        """Returns a batch: `plain` and `key`, `[batch, num_bits]` each."""
        key_plain, key_key = jax.random.split(key)
        return {name: _bits(k, self.batch_size, self.num_bits) for name, k in (("plain", key_plain), ("key", key_key))}


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class CipherLosses:
    """`losses` of the game; see `neural_cryptography`."""

    alice: Network
    bob: Network
    eve: Network

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        plain = batch["plain"]
        cipher, bob, eve = self.spoken(players, batch)
        del cipher
        wrong_bob, wrong_eve = (jnp.mean(jnp.abs(plain - said)) / 2 for said in (bob, eve))
        return {"alice_and_bob": wrong_bob + (1 - 2 * wrong_eve) ** 2, "eve": wrong_eve}

    def spoken(self, players: Players, batch: Batch) -> tuple[Array, Array, Array]:
        """Returns the cipher text, and the text as Bob and as Eve read it, `[batch, num_bits]` in [−1, 1] each."""
        own = players["alice_and_bob"]
        cipher = self.alice.apply(own["alice"], jnp.concatenate([batch["plain"], batch["key"]], axis=1))
        bob = self.bob.apply(own["bob"], jnp.concatenate([cipher, batch["key"]], axis=1))
        return cipher, bob, self.eve.apply(players["eve"], cipher)

    def wrong_bits(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns how many bits of a text Bob and Eve read wrong, rounded to −1 and 1: `num_bits / 2` is a guess."""
        plain = batch["plain"]
        _, bob, eve = self.spoken(players, batch)
        return {
            name: jnp.mean(jnp.sum((said > 0) != (plain > 0), axis=1), dtype=plain.dtype)
            for name, said in (("bob", bob), ("eve", eve))
        }


def neural_cryptography(
    num_bits: int = 16,
    *,
    hidden: tuple[int, ...] = (64,),
    discriminator_hidden: tuple[int, ...] = (64, 64),
    batch_size: int = 256,
) -> Game:
    """Alice and Bob learn to speak so that Bob, who has the key, understands and Eve, who has not, can only guess.

    With the share of wrong bits w = E |plain − read| / 2,

        J_alice_and_bob = w_bob + (1 − 2 w_eve)²,    J_eve = w_eve:

    Eve is to be wrong in half of the bits, not in all of them, which would tell as much.

    Args:
      num_bits: of plain text, key and cipher text, 1 or more.
      hidden: widths of the hidden layers of Alice and of Bob.
      discriminator_hidden: widths of Eve's.
      batch_size: texts in one sample, 1 or more.

    Returns:
      The game; players "alice_and_bob" and "eve". `game.losses.wrong_bits(players, batch)` counts.

    Raises:
      ValueError: a number outside its range.

    Source: Abadi, Andersen, "Learning to Protect Communications with Adversarial Neural Cryptography", 2016,
      https://arxiv.org/abs/1610.06918, with perceptrons in place of its convolutions, and shares of the bits in place
      of their numbers. That Eve has not broken a cipher does not make it safe.

    Example:
      >>> game = neural_cryptography(num_bits=4, batch_size=8)
      >>> players, batch = game.init(jax.random.key(0)), game.sample(jax.random.key(1))
      >>> sorted(game.losses.wrong_bits(players, batch))
      ['bob', 'eve']
    """
    check_sizes(num_bits=num_bits, batch_size=batch_size)
    alice, bob = (mlp(2 * num_bits, hidden, num_bits, init="glorot", squash=True) for _ in range(2))
    eve = mlp(num_bits, discriminator_hidden, num_bits, init="glorot", squash=True)
    return Game(CipherInit(alice, bob, eve), CipherSample(batch_size, num_bits), CipherLosses(alice, bob, eve))
