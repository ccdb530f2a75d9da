"""Where the demo's accounts are: countries with their region, weight, names, cities and currency. Pure data."""

from typing import NamedTuple


class Country(NamedTuple):
    """A country as the demo uses it. `surnames` names companies too; `places` are smaller towns of it."""

    name: str
    region: str
    weight: int
    names: str
    currency: str
    cities: tuple[str, ...]
    places: tuple[str, ...]


COUNTRIES: tuple[Country, ...] = (
    Country("Netherlands", "EMEA", 11, "dutch", "EUR",
            ("Rotterdam", "Amsterdam", "Utrecht", "Eindhoven", "Groningen"),
            ("Veluwe", "Zaandam", "Harlingen", "Deventer", "Walcheren", "Betuwe")),
    Country("Germany", "EMEA", 16, "german", "EUR",
            ("Hamburg", "Munich", "Stuttgart", "Leipzig", "Cologne", "Nuremberg"),
            ("Havelland", "Elbtal", "Siegerland", "Allgäu", "Wendland", "Eifel", "Saale")),
    Country("United Kingdom", "EMEA", 13, "english", "GBP",
            ("Leeds", "London", "Manchester", "Bristol", "Glasgow"),
            ("Pennine", "Thanet", "Severn", "Solway", "Cleveland", "Mendip")),
    Country("France", "EMEA", 9, "french", "EUR",
            ("Lyon", "Paris", "Nantes", "Lille", "Toulouse"),
            ("Vercors", "Camargue", "Morvan", "Artois", "Berry", "Cévennes")),
    Country("Sweden", "EMEA", 5, "nordic", "SEK", ("Stockholm", "Gothenburg", "Malmö"), ("Dalarna", "Skåne", "Öland")),
    Country("Denmark", "EMEA", 4, "nordic", "DKK", ("Copenhagen", "Aarhus", "Odense"), ("Limfjord", "Jutland")),
    Country("Norway", "EMEA", 2, "nordic", "NOK", ("Oslo", "Bergen", "Trondheim"), ("Lofoten", "Nordland")),
    Country("Finland", "EMEA", 2, "nordic", "EUR", ("Helsinki", "Tampere"), ("Karelia", "Saimaa")),
    Country("Czechia", "EMEA", 3, "central", "CZK", ("Ostrava", "Brno", "Prague"), ("Ostrava", "Moravia", "Vltava")),
    Country("Poland", "EMEA", 5, "central", "PLN", ("Kraków", "Gdańsk", "Wrocław"), ("Mazovia", "Silesia", "Baltica")),
    Country("Spain", "EMEA", 4, "southern", "EUR", ("Valencia", "Barcelona", "Bilbao"), ("Duero", "Alarcón", "Levante")),
    Country("Italy", "EMEA", 5, "southern", "EUR", ("Bologna", "Milan", "Turin"), ("Brenta", "Langhe", "Adige")),
    Country("Portugal", "EMEA", 2, "southern", "EUR", ("Porto", "Lisbon"), ("Douro", "Alentejo")),
    Country("United States", "Americas", 17, "english", "USD",
            ("Columbus", "Denver", "Charlotte", "Minneapolis", "Austin", "Portland", "Pittsburgh"),
            ("Allegheny", "Cascade", "Dakota", "Shenandoah", "Ozark", "Tidewater", "Laramie", "Catskill")),
    Country("Canada", "Americas", 5, "english", "CAD", ("Toronto", "Calgary", "Halifax"), ("Laurentian", "Bow Valley")),
    Country("Australia", "APAC", 4, "english", "AUD", ("Melbourne", "Perth", "Adelaide"), ("Murray", "Coolabah")),
    Country("India", "APAC", 3, "indian", "INR", ("Pune", "Bengaluru", "Chennai"), ("Deccan", "Malabar", "Konkan")),
    # Sanctions lists keep Northbeam from selling here: the demo's ICP excludes it.
    Country("Belarus", "EMEA", 1, "central", "BYN", ("Minsk", "Brest"), ("Pripyat",)),
)  # fmt: skip

PER_DOLLAR: dict[str, float] = {
    "USD": 1, "EUR": 0.92, "GBP": 0.79, "SEK": 10.5, "DKK": 6.9, "NOK": 10.7, "CZK": 23, "PLN": 4.0, "CAD": 1.36,
    "AUD": 1.52, "INR": 84, "BYN": 3.3,
}  # fmt: skip
