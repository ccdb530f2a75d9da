"""First and last names by where a company is, and the titles that people have. Pure data."""

NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "english": (
        ("Dana", "Oliver", "Grace", "Marcus", "Helen", "Simon", "Naomi", "Peter", "Laura", "Andrew", "Rachel", "Colin",
         "Judith", "Graham", "Alice", "Martin", "Fiona", "Stephen", "Nina", "Howard", "Erin", "Russell", "Tessa",
         "Warren", "Joanna", "Craig", "Megan", "Philip", "Carla", "Dennis"),
        ("Whitlock", "Ashdown", "Mercer", "Holloway", "Prescott", "Langley", "Thornton", "Radcliffe", "Bancroft",
         "Winslow", "Carver", "Eldridge", "Fairbanks", "Garrison", "Hartley", "Keating", "Lockwood", "Merriman",
         "Norwood", "Osborne", "Pemberton", "Quigley", "Rowland", "Sinclair", "Talbot", "Underwood", "Wakefield",
         "Yardley", "Abbott", "Crosby", "Delaney", "Ellison", "Farrow", "Goddard"),
    ),
    "dutch": (
        ("Sander", "Marieke", "Jeroen", "Femke", "Bram", "Anouk", "Willem", "Lotte", "Daan", "Esther", "Ruben",
         "Sanne", "Koen", "Iris", "Maarten", "Eline", "Joost", "Nienke", "Pieter", "Roos"),
        ("de Vries", "Bakker", "Visser", "Hoekstra", "Dijkstra", "van Leeuwen", "Postma", "Kuipers", "Veenstra",
         "Brouwer", "Smit", "van Dam", "Jonker", "Schipper", "Terpstra", "Molenaar", "van Rijn", "Wolters",
         "Zijlstra", "Huisman", "Kramer", "Boersma", "Hofman", "van Beek"),
    ),
    "german": (
        ("Katrin", "Jürgen", "Sofie", "Matthias", "Anke", "Stefan", "Heike", "Tobias", "Birgit", "Florian", "Ulrike",
         "Andreas", "Silke", "Markus", "Claudia", "Jens", "Petra", "Lukas", "Monika", "Sebastian"),
        ("Brandt", "Vogel", "Keller", "Lindner", "Hartmann", "Reuter", "Sommer", "Kessler", "Albrecht", "Winkler",
         "Böhm", "Seidel", "Engel", "Krause", "Voss", "Bergmann", "Pohl", "Ziegler", "Haas", "Busch", "Lorenz",
         "Arnold", "Franke", "Schreiber"),
    ),
    "french": (
        ("Camille", "Julien", "Élodie", "Mathieu", "Claire", "Antoine", "Sylvie", "Nicolas", "Hélène", "Thibault",
         "Amélie", "Olivier", "Nathalie", "Baptiste", "Corinne", "Guillaume", "Manon", "Pascal", "Inès", "Rémi"),
        ("Lefèvre", "Moreau", "Girard", "Chevalier", "Renard", "Fontaine", "Marchand", "Dumont", "Carpentier",
         "Vasseur", "Barbier", "Delorme", "Perrin", "Gaillard", "Lacroix", "Masson", "Roussel", "Tessier", "Bouvier",
         "Clément", "Aubert", "Collin", "Humbert", "Picard"),
    ),
    "nordic": (
        ("Ingrid", "Lars", "Freja", "Mikkel", "Astrid", "Henrik", "Sigrid", "Erik", "Karin", "Anders", "Maja",
         "Jonas", "Linnea", "Nils", "Tove", "Oskar", "Elsa", "Gustav", "Hanne", "Viggo"),
        ("Lindqvist", "Nyström", "Sandberg", "Holmgren", "Ekström", "Lindahl", "Bergström", "Söderberg", "Dahl",
         "Kjær", "Thomsen", "Haugen", "Solberg", "Lund", "Strand", "Nordin", "Wallin", "Hedlund", "Aalto",
         "Virtanen", "Rask", "Moberg", "Falk", "Winther"),
    ),
    "central": (
        ("Marek", "Zuzana", "Tomasz", "Agnieszka", "Petr", "Jana", "Paweł", "Katarzyna", "Ondřej", "Lenka", "Jakub",
         "Magdalena", "Radek", "Ewa", "Miroslav", "Dorota", "Filip", "Alena", "Grzegorz", "Ivana"),
        ("Ilić", "Novotný", "Kowalczyk", "Dvořák", "Zieliński", "Horák", "Wójcik", "Kučera", "Mazur", "Veselý",
         "Pawlak", "Beneš", "Sikora", "Fiala", "Baran", "Sedlák", "Duda", "Kolář", "Walczak", "Urban", "Marković",
         "Petrov", "Horvat", "Szabó"),
    ),
    "southern": (
        ("Lucía", "Marco", "Carmen", "Andrea", "Pilar", "Giulia", "Javier", "Elena", "Matteo", "Inés", "Paolo",
         "Beatriz", "Diego", "Chiara", "Álvaro", "Francesca", "Rui", "Marta", "Stefano", "Sofia"),
        ("Navarro", "Bianchi", "Ortega", "Ferraro", "Molina", "Conti", "Serrano", "Ricci", "Vidal", "Marchetti",
         "Castillo", "Gallo", "Herrero", "Moretti", "Fuentes", "Rinaldi", "Campos", "Lombardi", "Ibáñez", "Teixeira",
         "Almeida", "Carvalho", "Greco", "Santoro"),
    ),
    "indian": (
        ("Anjali", "Rohan", "Kavya", "Vikram", "Meera", "Arjun", "Divya", "Sanjay", "Nisha", "Karthik", "Pooja",
         "Rahul", "Sneha", "Aditya", "Lakshmi", "Nikhil"),
        ("Iyer", "Menon", "Kulkarni", "Bhat", "Chatterjee", "Reddy", "Deshpande", "Rao", "Banerjee", "Pillai",
         "Joshi", "Nambiar", "Saxena", "Malhotra", "Trivedi", "Verma"),
    ),
}  # fmt: skip

# Department: (title, weight). What seniority and persona a title has is for the product's own rules to say.
TITLES: dict[str, tuple[tuple[str, int], ...]] = {
    "IT": (
        ("Chief Information Officer", 3), ("CIO", 2), ("VP Information Technology", 3), ("Director of IT", 6),
        ("Director Enterprise Architecture", 3), ("Head of Integration", 3), ("Enterprise Architect", 6),
        ("Integration Architect", 6), ("IT Manager", 9), ("Integration Manager", 5), ("ERP Manager", 5),
        ("Systems Analyst", 8), ("Integration Developer", 7), ("IT Specialist", 6),
    ),
    "Engineering": (
        ("CTO", 3), ("VP Engineering", 4), ("Director of Engineering", 4), ("Engineering Manager", 6),
        ("Platform Engineering Manager", 3), ("Software Engineer", 9), ("API Developer", 5), ("Solution Architect", 5),
    ),
    "Operations": (
        ("COO", 2), ("Chief Operating Officer", 2), ("VP Operations", 5), ("VP Supply Chain", 3),
        ("Director of Operations", 5), ("Operations Manager", 8), ("Logistics Manager", 5), ("Process Analyst", 6),
    ),
    "Finance": (
        ("CFO", 3), ("Chief Financial Officer", 2), ("VP Finance", 4), ("Finance Director", 4), ("Controller", 5),
        ("Procurement Manager", 5), ("Financial Analyst", 6), ("Director of Procurement", 3),
    ),
    "Data": (
        ("Chief Data Officer", 2), ("Head of Data", 3), ("Director Data and Analytics", 4), ("Data Platform Manager", 4),
        ("Data Engineer", 8), ("BI Analyst", 7),
    ),
    "Security": (
        ("CISO", 3), ("Director Information Security", 3), ("Security Manager", 4), ("Security Engineer", 5),
    ),
    "Sales": (
        ("Chief Revenue Officer", 1), ("VP Sales", 3), ("Sales Operations Manager", 4), ("CRM Manager", 4),
        ("Account Executive", 4),
    ),
    "Marketing": (
        ("VP Marketing", 2), ("Marketing Operations Manager", 4), ("Marketing Specialist", 5),
    ),
    "Human Resources": (("HR Director", 2), ("HR Systems Manager", 3), ("HR Specialist", 3)),
}  # fmt: skip

DEPARTMENT_WEIGHTS: dict[str, int] = {
    "IT": 34, "Engineering": 15, "Operations": 15, "Finance": 11, "Data": 10, "Security": 5, "Sales": 4,
    "Marketing": 3, "Human Resources": 3,
}  # fmt: skip

# Spellings that addresses use in place of letters beyond ASCII which do not decompose.
TRANSLITERATION = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "ß": "ss", "ü": "ue", "ö": "oe", "ä": "ae"}
)
