"""tree_test: a test that reads the source tree itself."""

def tree_test(name, src, data = [], **kwargs):
    """A test that runs outside the sandbox, whenever it is asked for.

    Args:
      name: the target's name.
      src: a program that finds the tree by tree.py.
      data: what else it needs.
      **kwargs: as for sh_test.
    """
    native.sh_test(
        name = name,
        size = "small",
        srcs = [src],
        data = data + ["tree.py"],
        tags = [
            "external",
            "local",
        ],
        **kwargs
    )
