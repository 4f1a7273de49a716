"""The Halden Group: sites, departments, makes and models, and who would have what.

Here: constants a practitioner would recognise. Not here: anything drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

SERVICENOW, SNIPE = 0, 1
REGISTERS = ("servicenow-prod", "snipe-it")


@dataclass(frozen=True)
class Site:
    """A place with people; its company decides the currency and the register."""

    name: str
    code: str
    country: str
    company: str
    currency: str
    weight: float
    register: int = SERVICENOW


SITES = (
    Site("New York", "NYC", "US", "Halden Inc.", "USD", 0.19),
    Site("Austin", "AUS", "US", "Halden Inc.", "USD", 0.15),
    Site("Chicago", "CHI", "US", "Halden Inc.", "USD", 0.11),
    Site("London", "LON", "GB", "Halden Ltd", "GBP", 0.13),
    Site("Manchester", "MAN", "GB", "Halden Ltd", "GBP", 0.06),
    Site("Berlin", "BER", "DE", "Halden GmbH", "EUR", 0.11),
    Site("Munich", "MUC", "DE", "Halden GmbH", "EUR", 0.07),
    Site("Madrid", "MAD", "ES", "Halden Iberia SL", "EUR", 0.06),
    Site("Dublin", "DUB", "IE", "Corrib Software DAC", "EUR", 0.08, SNIPE),
    Site("Cork", "ORK", "IE", "Corrib Software DAC", "EUR", 0.04, SNIPE),
)
CURRENCIES = ("USD", "EUR", "GBP")
USD_PER = {"USD": 1.0, "EUR": 1.09, "GBP": 1.27}


@dataclass(frozen=True)
class Department:
    """A department: how its people work, and how well it looks after things (1 = as most do)."""

    name: str
    cost_center: str
    weight: float
    remote: float
    desktop: float
    turnover: float
    carelessness: float


DEPARTMENTS = (
    Department("Engineering", "CC100", 0.20, 0.45, 0.06, 0.10, 0.7),
    Department("Product Design", "CC110", 0.05, 0.40, 0.08, 0.10, 0.8),
    Department("Information Technology", "CC200", 0.07, 0.35, 0.06, 0.08, 0.5),
    Department("Finance", "CC300", 0.07, 0.15, 0.20, 0.08, 0.8),
    Department("Human Resources", "CC310", 0.04, 0.20, 0.12, 0.09, 0.8),
    Department("Legal", "CC320", 0.03, 0.20, 0.12, 0.07, 0.9),
    Department("Sales", "CC400", 0.17, 0.40, 0.03, 0.19, 1.6),
    Department("Marketing", "CC410", 0.07, 0.30, 0.05, 0.14, 1.3),
    Department("Operations", "CC500", 0.13, 0.08, 0.34, 0.12, 1.1),
    Department("Customer Support", "CC510", 0.10, 0.25, 0.40, 0.21, 1.4),
    Department("Manufacturing", "CC520", 0.07, 0.02, 0.55, 0.13, 1.5),
)
IT = 2
TURNOVER = np.array([d.turnover for d in DEPARTMENTS])
CARELESSNESS = np.array([d.carelessness for d in DEPARTMENTS])


@dataclass(frozen=True)
class AssetClass:
    """How many there are, how long they last, what goes wrong with them in a year."""

    name: str
    word: str
    per_person: float
    share_of_estate: float
    life_months: int
    failures_per_year: float
    repairs_per_year: float
    losses_per_year: float
    is_data_bearing: bool
    prefix: str


CLASSES = (
    AssetClass("laptop", "Notebook", 0.83, 0, 48, 0.30, 0.06, 0.006, True, "L"),
    AssetClass("desktop", "Computer", 0.17, 0, 60, 0.20, 0.04, 0.001, True, "D"),
    AssetClass("monitor", "Monitor", 0.75, 0, 84, 0.03, 0.008, 0.001, False, "M"),
    AssetClass("dock", "Docking Station", 0.38, 0, 60, 0.05, 0.005, 0.003, False, "K"),
    AssetClass("mobile", "Smartphone", 0.30, 0, 36, 0.12, 0.03, 0.012, True, "P"),
    AssetClass("tablet", "Tablet", 0.08, 0, 36, 0.10, 0.03, 0.010, True, "T"),
    AssetClass("server", "Server", 0, 0.028, 60, 0.60, 0.05, 0.0, True, "S"),
    AssetClass("network", "Network", 0, 0.034, 84, 0.25, 0.02, 0.0, True, "N"),
    AssetClass("printer", "Printer", 0, 0.018, 72, 0.90, 0.05, 0.0, True, "R"),
    AssetClass("storage", "Storage", 0, 0.005, 72, 0.50, 0.03, 0.0, True, "G"),
    AssetClass("virtual_machine", "Virtual Machine", 0, 0.020, 60, 0.0, 0.0, 0.0, False, "V"),
)
LAPTOP, DESKTOP, MONITOR, DOCK, MOBILE, TABLET, SERVER, NETWORK, PRINTER, STORAGE, VM = range(len(CLASSES))
PERSONAL = (LAPTOP, DESKTOP, MONITOR, DOCK, MOBILE, TABLET)
COMPUTERS = (LAPTOP, DESKTOP, SERVER)
OBSERVABLE = (LAPTOP, DESKTOP, MOBILE, TABLET, SERVER)
NETWORKED = (LAPTOP, DESKTOP, MOBILE, TABLET, SERVER, NETWORK, PRINTER, STORAGE, VM)
LIFE_DAYS = np.array([round(c.life_months * 30.44) for c in CLASSES])


@dataclass(frozen=True)
class Line:
    """A product line of a maker: each generation is sold from a year on."""

    asset_class: int
    maker: str
    reported_as: str
    price_usd: int
    weight: float
    serial: str
    generations: tuple[tuple[int, str], ...]


# serial formats: # digit, A letter, X letter or digit
LINES = (
    Line(
        LAPTOP,
        "Dell",
        "Dell Inc.",
        1290,
        0.34,
        "XXXXXX3",
        (
            (2016, "Latitude 5480"),
            (2018, "Latitude 5490"),
            (2019, "Latitude 5400"),
            (2020, "Latitude 5410"),
            (2021, "Latitude 5420"),
            (2022, "Latitude 5430"),
            (2023, "Latitude 5440"),
            (2024, "Latitude 5450"),
            (2025, "Pro 14 Plus PB14250"),
        ),
    ),
    Line(
        LAPTOP,
        "Lenovo",
        "LENOVO",
        1380,
        0.24,
        "PF#XXXXX",
        (
            (2016, "ThinkPad T470"),
            (2018, "ThinkPad T480"),
            (2019, "ThinkPad T490"),
            (2020, "ThinkPad T14 Gen 1"),
            (2021, "ThinkPad T14 Gen 2"),
            (2022, "ThinkPad T14 Gen 3"),
            (2023, "ThinkPad T14 Gen 4"),
            (2024, "ThinkPad T14 Gen 5"),
            (2025, "ThinkPad T14 Gen 6"),
        ),
    ),
    Line(
        LAPTOP,
        "HP",
        "HP",
        1340,
        0.20,
        "5CG####XXX",
        (
            (2016, "EliteBook 840 G4"),
            (2018, "EliteBook 840 G5"),
            (2019, "EliteBook 840 G6"),
            (2020, "EliteBook 840 G7"),
            (2021, "EliteBook 840 G8"),
            (2022, "EliteBook 840 G9"),
            (2023, "EliteBook 840 G10"),
            (2024, "EliteBook 840 G11"),
        ),
    ),
    Line(
        LAPTOP,
        "Apple",
        "Apple Inc.",
        2190,
        0.22,
        "C02XXXXXXXXX",
        (
            (2016, "MacBook Pro 13 2017"),
            (2019, "MacBook Pro 13 2019"),
            (2020, "MacBook Pro 13 M1"),
            (2021, "MacBook Pro 14 M1 Pro"),
            (2023, "MacBook Pro 14 M3"),
            (2024, "MacBook Pro 14 M4"),
        ),
    ),
    Line(
        DESKTOP,
        "Dell",
        "Dell Inc.",
        960,
        0.50,
        "XXXXXX2",
        (
            (2016, "OptiPlex 5050"),
            (2019, "OptiPlex 5070"),
            (2021, "OptiPlex 5090"),
            (2023, "OptiPlex 7010"),
            (2025, "Pro Micro QCM1250"),
        ),
    ),
    Line(
        DESKTOP,
        "HP",
        "Hewlett-Packard",
        910,
        0.38,
        "8CG####XXX",
        (
            (2016, "EliteDesk 800 G3"),
            (2019, "EliteDesk 800 G5"),
            (2021, "EliteDesk 800 G8"),
            (2023, "Elite Mini 800 G9"),
        ),
    ),
    Line(
        DESKTOP,
        "Lenovo",
        "LENOVO",
        890,
        0.12,
        "MJ#XXXXX",
        ((2016, "ThinkCentre M720"), (2021, "ThinkCentre M70q"), (2024, "ThinkCentre neo 50q")),
    ),
    Line(
        MONITOR,
        "Dell",
        "Dell Inc.",
        265,
        0.55,
        "CN0XXXXX########",
        ((2016, "P2419H"), (2019, "P2422H"), (2022, "P2723DE"), (2024, "P2725HE")),
    ),
    Line(
        MONITOR,
        "Samsung",
        "Samsung Electronics",
        240,
        0.25,
        "ZZHX#######",
        ((2016, "S24R350"), (2021, "S27A600"), (2024, "S27D800")),
    ),
    Line(MONITOR, "LG", "LG Electronics", 310, 0.20, "###NTXXX####", ((2016, "27UL500"), (2022, "27UP650"))),
    Line(
        DOCK,
        "Dell",
        "Dell Inc.",
        199,
        0.60,
        "XXXXXX1",
        ((2016, "WD15"), (2018, "WD19"), (2022, "WD22TB4"), (2025, "SD25")),
    ),
    Line(
        DOCK, "Lenovo", "LENOVO", 189, 0.40, "ZEM#XXXX", ((2016, "ThinkPad Dock Gen 2"), (2020, "Thunderbolt 4 Dock"))
    ),
    Line(
        MOBILE,
        "Apple",
        "Apple Inc.",
        829,
        0.66,
        "F#XXXXXXXXXX",
        (
            (2016, "iPhone 8"),
            (2019, "iPhone 11"),
            (2020, "iPhone 12"),
            (2021, "iPhone 13"),
            (2022, "iPhone 14"),
            (2023, "iPhone 15"),
            (2024, "iPhone 16"),
        ),
    ),
    Line(
        MOBILE,
        "Samsung",
        "Samsung Electronics",
        690,
        0.337,
        "R5#XXXXXXXX",
        (
            (2016, "Galaxy S9"),
            (2019, "Galaxy S10"),
            (2021, "Galaxy S21"),
            (2022, "Galaxy S22"),
            (2023, "Galaxy S23"),
            (2024, "Galaxy S24"),
        ),
    ),
    Line(MOBILE, "ZTE", "ZTE", 90, 0.003, "32####XXXXXX", ((2016, "MF920"),)),
    Line(
        TABLET,
        "Apple",
        "Apple Inc.",
        679,
        0.80,
        "DMPXXXXXXXXX",
        ((2016, "iPad 6"), (2019, "iPad Air 3"), (2021, "iPad Air 4"), (2022, "iPad Air 5"), (2024, "iPad Air 11 M2")),
    ),
    Line(
        TABLET,
        "Samsung",
        "Samsung Electronics",
        540,
        0.20,
        "R52XXXXXXXX",
        ((2016, "Galaxy Tab S4"), (2021, "Galaxy Tab S7"), (2023, "Galaxy Tab S9")),
    ),
    Line(
        SERVER,
        "Dell",
        "Dell Inc.",
        9400,
        0.55,
        "XXXXXX0",
        ((2016, "PowerEdge R640"), (2021, "PowerEdge R650"), (2023, "PowerEdge R660")),
    ),
    Line(
        SERVER,
        "HPE",
        "HPE",
        9900,
        0.45,
        "CZ#######X",
        ((2016, "ProLiant DL360 Gen10"), (2021, "ProLiant DL360 Gen10 Plus"), (2023, "ProLiant DL360 Gen11")),
    ),
    Line(
        NETWORK,
        "Cisco",
        "Cisco Systems, Inc.",
        4100,
        0.74,
        "FOC####XXXX",
        ((2016, "Catalyst 9300-48P"), (2022, "Catalyst 9300X-48HX")),
    ),
    Line(NETWORK, "Juniper", "Juniper", 3900, 0.26, "JN####XXXXXX", ((2016, "EX3400-48P"), (2021, "EX4100-48P"))),
    Line(PRINTER, "HP", "Hewlett-Packard", 780, 0.60, "PHB#XXXXXX", ((2016, "LaserJet M507"), (2022, "LaserJet M612"))),
    Line(PRINTER, "Canon", "Canon", 1150, 0.40, "XTA#####", ((2016, "imageRUNNER C3525"), (2021, "imageRUNNER C3830"))),
    Line(STORAGE, "NetApp", "NetApp", 17200, 0.60, "7#########", ((2016, "AFF A220"), (2021, "AFF A250"))),
    Line(STORAGE, "Dell", "Dell Inc.", 15400, 0.40, "XXXXXX9", ((2016, "Unity 380"), (2021, "PowerStore 500T"))),
    Line(VM, "VMware", "VMware, Inc.", 0, 1.0, "", ((2016, "Virtual Machine"),)),
)
MODELS = tuple((line, name) for line in LINES for _, name in line.generations)
MODEL_NAMES = tuple(name for _, name in MODELS)
MAKERS = tuple(dict.fromkeys(line.maker for line in LINES))
MODEL_MAKER = np.array([MAKERS.index(line.maker) for line, _ in MODELS])
MODEL_LINE = np.array([LINES.index(line) for line, _ in MODELS])
LINE_FIRST_MODEL = np.array([int(np.argmax(i == MODEL_LINE)) for i in range(len(LINES))])

KNOWN_SPELLINGS = {
    "Dell": ("Dell Inc.", "DELL", "Dell Technologies"),
    "HP": ("Hewlett-Packard", "HP Inc.", "hp"),
    "Apple": ("Apple Inc.", "APPLE"),
    "Lenovo": ("LENOVO", "Lenovo Group"),
    "Cisco": ("Cisco Systems", "cisco"),
    "Samsung": ("Samsung Electronics", "SAMSUNG"),
}
UNKNOWN_SPELLINGS = {"Dell": "Dell Computer Corp.", "HP": "H.P.", "Lenovo": "Lenovo PC HK Ltd"}
SUPPLIERS = ("CDW", "Insight", "Computacenter", "SHI", "Bechtle")


def model_at(line: int, year: int) -> int:
    """The model of a line that was sold in a year."""
    current = 0
    for offset, (since, _) in enumerate(LINES[line].generations):
        if since <= year:
            current = offset
    return int(LINE_FIRST_MODEL[line]) + current


def last_leap_day(before: date) -> date:
    """The last 29 February before a day."""
    year = before.year
    while True:
        if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) and date(year, 2, 29) < before:
            return date(year, 2, 29)
        year -= 1
