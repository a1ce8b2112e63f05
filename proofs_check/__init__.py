"""Is the theory itself right? One file a theorem, named as its sentence; see ``__main__``.

Each file states what is proved by algebra (steps), an instance that meets the bound (sharpness),
and for every hypothesis a stored counterexample once it is dropped, or why it is not needed.
"""
