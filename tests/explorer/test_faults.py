from nbviz.explorer.faults import Faults


def test_a_fault_is_told_until_its_own_part_succeeds():
    told = []
    faults = Faults(told.append)
    table, mean = faults.of("table"), faults.of("mean")
    table("no table")
    mean(None)
    assert told == ["no table", "no table"]
    mean("no mean")
    table("no table yet")
    assert told[-2:] == ["no mean", "no table yet"]
    table(None)
    assert told[-1] == "no mean"
    mean(None)
    assert told[-1] is None


def test_forgotten_faults_do_not_come_back():
    told = []
    faults = Faults(told.append)
    faults.of("table")("no table")
    faults.forget()
    faults.of("mean")(None)
    assert told == ["no table", None, None]
