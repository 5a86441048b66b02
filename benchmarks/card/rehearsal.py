"""What a rehearsal on the CPU needs of Triton's interpreter."""


def mend_interpreter() -> None:
    """Let Triton 3.6's interpreter use a number as a loop's bound under NumPy 2.5, which converts no array of one element."""
    from triton.runtime import interpreter

    original = interpreter._patch_lang_tensor

    def mended(tensor: object, scope: object) -> None:
        original(tensor, scope)
        scope.set_attr(tensor, "__index__", lambda self: int(self.handle.data.item()))  # type: ignore[attr-defined]

    interpreter._patch_lang_tensor = mended


def small_tiles() -> None:
    """Let the kernels have chunks and tiles in so few steps that the interpreter goes through them."""
    from seq2exp_py.kernels.triton import launch

    launch.CHUNK, launch.TILE, launch.WIDTH, launch.BACK = 8, 4, 16, 8
