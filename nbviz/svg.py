def draw(*a, **k): return "<svg/>"
