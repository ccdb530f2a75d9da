"""Word lists of the demo company: what companies are called, by what they do and where they are. Pure data."""

# What a company of an industry calls itself after its first word.
INDUSTRY_NOUNS: dict[str, tuple[str, ...]] = {
    "Logistics": ("Freight Systems", "Freight", "Logistics", "Shipping", "Cargo", "Forwarding", "Lines", "Haulage"),
    "Manufacturing": ("Works", "Castings", "Bearings", "Tooling", "Fabrication", "Machine", "Industries", "Glassworks"),
    "Utilities": ("Energy", "Power", "Water", "Grid", "Networks", "Renewables", "Electric", "Gas"),
    "Hospitals": ("Health", "Clinics", "Medical Center", "Care", "Hospitals", "Health Partners", "Kliniken", "Med"),
    "Food": ("Foods", "Dairy", "Bakeries", "Mills", "Provisions", "Kitchens", "Farms", "Beverages"),
    "Retail": ("Stores", "Market", "Outfitters", "Home", "Cosmetics", "Sports", "Books", "Department Stores"),
    "Banking": ("Bank", "Savings", "Capital", "Credit Union", "Private Bank", "Finance", "Trust", "Lending"),
    "Insurance": ("Insurance", "Mutual", "Assurance", "Underwriting", "Life", "Re", "Cover", "Benefits"),
    "Software": ("Software", "Labs", "Cloud", "Data", "Systems", "Digital", "Apps", "Analytics"),
    "Legal services": ("& Roy", "& Partners", "Legal", "& Vance", "Chambers", "& Aster", "Law", "& Holm"),
    "Telecom": ("Telecom", "Mobile", "Fiber", "Broadband", "Wireless", "Connect", "Cable", "Networks"),
    "Construction": ("Construction", "Builders", "Civil", "Contracting", "Infrastructure", "Bouw", "Homes", "Cement"),
    "Chemicals": ("Chemicals", "Polymers", "Coatings", "Resins", "Materials", "Pigments", "Specialties", "Adhesives"),
    "Automotive": ("Motors", "Automotive", "Drivetrain", "Components", "Mobility", "Axles", "Trucks", "Interiors"),
    "Pharma": (
        "Pharma",
        "Biologics",
        "Therapeutics",
        "Biotech",
        "Diagnostics",
        "Life Sciences",
        "Laboratories",
        "Vaccines",
    ),
    "Robotics": ("Robotics", "Automation", "Optics", "Sensors", "Controls", "Instruments", "Vision", "Dynamics"),
    "Education": ("College", "Academy", "University", "Learning", "Schools", "Institute", "Training", "Campus"),
    "Media": ("Media", "Press", "Studios", "Publishing", "Broadcasting", "Pictures", "Radio", "News"),
    "Travel": ("Travel", "Hotels", "Airways", "Resorts", "Cruises", "Rail", "Tours", "Hospitality"),
    "Public sector": (
        "Council",
        "City Services",
        "Transit",
        "Port Authority",
        "Housing",
        "Water Board",
        "Archives",
        "Customs",
    ),
}

# Weight of an industry among all accounts; the four first are what Northbeam sells to most.
INDUSTRY_WEIGHTS: dict[str, int] = {
    "Logistics": 13, "Manufacturing": 15, "Utilities": 8, "Hospitals": 9, "Food": 6, "Retail": 7, "Banking": 5,
    "Insurance": 5, "Software": 7, "Legal services": 3, "Telecom": 3, "Construction": 4, "Chemicals": 4,
    "Automotive": 4, "Pharma": 4, "Robotics": 4, "Education": 3, "Media": 2, "Travel": 3, "Public sector": 3,
}  # fmt: skip

# Two halves of invented place names, for companies of any country.
FIRST_HALVES = (
    "Bright", "North", "Stone", "Ash", "Elm", "Fair", "Gold", "Green", "Harrow", "Iron", "King", "Lake", "Marsh",
    "Oak", "Raven", "Red", "River", "Salt", "Silver", "Storm", "Thorn", "West", "Whit", "Winter", "Wolf", "Cold",
    "East", "Glen", "High", "Long", "Mill", "Moor", "Pine", "Rook", "Sand", "South", "Summer", "Swan", "Tarn", "Wren",
)  # fmt: skip
SECOND_HALVES = (
    "water", "field", "bridge", "gate", "brook", "ford", "haven", "mere", "stead", "well", "wick", "wood", "crest",
    "dale", "hollow", "ridge", "shore", "vale", "port", "cliff",
)  # fmt: skip

# First words that sound invented and belong nowhere.
COINED = (
    "Corvane", "Tamsin", "Ardenne", "Mirelle", "Pellham", "Halden", "Solvane", "Kestra", "Ondara", "Veloria", "Tarsus",
    "Quillon", "Nerida", "Ozmera", "Lumeco", "Arvida", "Brenta", "Calder", "Dorvik", "Estrel", "Fennick", "Galtara",
    "Helvar", "Ibarra", "Jorvik", "Kaldera", "Lorne", "Maravel", "Novalis", "Orrin", "Parvane", "Quorum", "Rosmere",
    "Sabrine", "Trevane", "Ulvara", "Vestra", "Wexmoor", "Xantha", "Ysolde", "Zephra", "Aldane", "Belmara", "Cindral",
    "Damaris", "Elowen", "Faldor", "Garnet", "Hestia", "Ilvane", "Juno", "Kyloe", "Larkin", "Mondara", "Nimrel",
    "Osprey", "Pallas", "Ravello", "Sorrel", "Tolliver", "Umbra", "Valken", "Warrick", "Yarrow", "Zenda", "Ambra",
    "Bastion", "Cobalt", "Dunmore", "Ember", "Foxglove", "Granary", "Heron", "Indigo", "Juniper", "Keel", "Lantern",
    "Meridian", "Nettle", "Orchard", "Plover", "Quarry", "Rampart", "Saffron", "Tiller", "Upland", "Verity", "Weald",
)  # fmt: skip

TECHNOLOGIES: dict[str, tuple[str, int]] = {
    # name: (category, how many of a hundred accounts use it)
    "SAP": ("ERP", 27),
    "Oracle ERP": ("ERP", 14),
    "Microsoft Dynamics 365": ("ERP", 16),
    "NetSuite": ("ERP", 9),
    "Salesforce": ("CRM", 38),
    "HubSpot": ("CRM", 17),
    "Snowflake": ("Data warehouse", 19),
    "Databricks": ("Data platform", 10),
    "Workday": ("HR", 13),
    "ServiceNow": ("IT service", 15),
    "Kafka": ("Streaming", 9),
    "Azure": ("Cloud", 36),
    "AWS": ("Cloud", 33),
    "MuleSoft": ("Integration platform", 5),
    "Boomi": ("Integration platform", 4),
    "Workato": ("Integration platform", 3),
    "Shopify": ("Commerce", 5),
    "Okta": ("Identity", 12),
}
EVALUATED = ("Integration platform", "Snowflake", "SAP", "API management", "Databricks", "Kafka")
