"""Machine-checked: the theorems in Coq (``theory``), and certificates that become Coq theorems."""
