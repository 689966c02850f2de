"""CSV whose cells, widths, quotes and line ends are not what a table has."""

from random import Random

from torture.decoding.changes import octets

CELLS = (
    *(
        "",
        " ",
        "nan",
        "inf",
        "-1e309",
        "1e400",
        "0x1",
        "1_0",
        "9" * 400,
        "=cmd|' /C calc'!A0",
        "@SUM(1)",
        "a" * 2000,
    ),
    *(
        '"',
        '"a',
        '"a""b"',
        '"a,b"',
        '"a\nb"',
        "\x1b[2J",
        "\0",
        "\u202e",
        "\u0661",
        "-0",
        "1.5",
        "1e-400",
        "True",
        "\ufeff",
    ),
)
ENDS = ("\n", "\r\n", "\r", "\n\n", "", "\x0b", "\u2028")


def changed(content: bytes, random: Random) -> bytes:
    try:
        rows = [line.split(",") for line in content.decode().splitlines()]
    except UnicodeDecodeError:
        rows = []
    if not rows or random.random() < 0.2:
        return octets.changed(content, random)
    row = random.choice(rows)
    match random.randrange(5):
        case 0:
            row.append(random.choice(CELLS))
        case 1:
            row.pop()
        case 2:
            rows.insert(random.randint(0, len(rows)), [*random.choice(rows)])
        case 3:
            row[:] = row * random.choice((2, 50))
        case _ if row:
            row[random.randrange(len(row))] = random.choice(CELLS)
    end = random.choice(ENDS) if random.random() < 0.2 else "\n"
    return end.join(map(",".join, rows)).encode(
        random.choice(("utf-8", "utf-8", "utf-8", "utf-16", "utf-8-sig"))
    )
