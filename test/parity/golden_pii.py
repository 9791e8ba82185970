#!/usr/bin/env python3
"""Values of personal data by libraries that know their forms: made-up people, numbers, addresses of many countries.

usage: golden_pii.py > fixtures/golden/pii.json
Same output for same versions: every draw is seeded.
"""

import importlib
import json
import random
import sys

import faker
import phonenumbers
import stdnum
from faker import Faker
from phonenumbers import PhoneNumberFormat, PhoneNumberType

draw = random.Random(20240521)


def phones():
    """Per region the example numbers of libphonenumber, with the last digits changed, as they are written there."""
    rows = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
            number = phonenumbers.example_number_for_type(region, kind)
            for _ in range(40):
                if number is None:
                    break
                digits = str(number.national_number)
                digits = digits[:-3] + "".join(draw.choice("0123456789") for _ in range(3))
                other = phonenumbers.PhoneNumber(number.country_code, int(digits), italian_leading_zero=number.italian_leading_zero)
                if phonenumbers.is_valid_number(other):
                    rows.append(
                        {
                            "region": region,
                            "international": phonenumbers.format_number(other, PhoneNumberFormat.INTERNATIONAL),
                            "national": phonenumbers.format_number(other, PhoneNumberFormat.NATIONAL),
                            "e164": phonenumbers.format_number(other, PhoneNumberFormat.E164),
                        }
                    )
                    break
    return rows


# Our name of the number, the module of python-stdnum, digits and letters to try.
NATIONAL = [
    ("uk-nhs", "gb.nhs", "##########"),
    ("de-steuer-id", "de.idnr", "###########"),
    ("fr-nir", "fr.nir", "[12]##0[1-9]##########"),
    ("es-dni", "es.dni", "########?"),
    ("es-dni", "es.nie", "[XYZ]#######?"),
    ("it-codice-fiscale", "it.codicefiscale", "??????##[ABCDEHLMPRST][012]#?###?"),
    ("nl-bsn", "nl.bsn", "#########"),
    ("pl-pesel", "pl.pesel", "##0[1-9][012]######"),
    ("se-personnummer", "se.personnummer", "##0[1-9][012]#-####"),
    ("fi-hetu", "fi.hetu", "[012]#0[1-9]##-###?"),
    ("no-fodselsnummer", "no.fodselsnummer", "[012]#0[1-9]#######"),
    ("be-national-number", "be.nn", "##0[1-9][012]######"),
    ("ch-ahv", "ch.ssn", "756##########"),
    ("cz-rodne-cislo", "cz.rc", "##0[1-9][012]#####"),
    ("ro-cnp", "ro.cnp", "[12]##0[1-9][012]##[01]####"),
    ("pt-nif", "pt.nif", "[123]########"),
    ("hr-oib", "hr.oib", "###########"),
    ("ca-sin", "ca.sin", "[1-7]########"),
    ("br-cpf", "br.cpf", "###########"),
    ("in-aadhaar", "in_.aadhaar", "[2-9]###########"),
    ("in-pan", "in_.pan", "???P?####?"),
    ("cn-resident-id", "cn.ric", "11010519##0[1-9][012]#####"),
    ("kr-rrn", "kr.rrn", "##0[1-9][012]#[12]######"),
    ("za-id", "za.idnr", "##0[1-9][012]#####[01]8#"),
    ("mx-curp", "mx.curp", "?[AEIOU]??##0[1-9][012]#[HM]DF???##"),
    ("tr-kimlik", "tr.tckimlik", "[1-9]##########"),
    ("cl-rut", "cl.rut", "########[0-9K]"),
    ("ar-cuil", "ar.cuit", "20#########"),
    ("au-tfn", "au.tfn", "#########"),
    ("il-teudat-zehut", "il.idnr", "#########"),
    ("us-itin", "us.itin", "9##[78]#####"),
    ("us-ssn", "us.ssn", "#########"),
]


def expand(pattern):
    out, i = [], 0
    while i < len(pattern):
        c = pattern[i]
        if c == "[":
            j = pattern.index("]", i)
            choices = pattern[i + 1 : j]
            if "-" in choices and len(choices) > 2:
                k = choices.index("-")
                choices = (
                    choices[: k - 1] + "".join(map(chr, range(ord(choices[k - 1]), ord(choices[k + 1]) + 1))) + choices[k + 2 :]
                )
            out.append(draw.choice(choices))
            i = j
        else:
            out.append(draw.choice("0123456789") if c == "#" else draw.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") if c == "?" else c)
        i += 1
    return "".join(out)


def national():
    """Numbers that python-stdnum accepts and numbers of the same form that it refuses."""
    rows = []
    for name, module, pattern in NATIONAL:
        check = importlib.import_module(f"stdnum.{module}")
        valid, invalid = [], []
        for _ in range(400_000):
            number = expand(pattern)
            kept = valid if check.is_valid(number) else invalid
            if len(kept) < 12:
                kept.append(number)
            if len(valid) == 12 and len(invalid) == 12:
                break
        formatted = [check.format(number) for number in valid] if hasattr(check, "format") else valid
        rows.append({"name": name, "module": module, "valid": valid, "formatted": formatted, "invalid": invalid})
    return rows


def people(locales, fields, count):
    rows = []
    for locale in locales:
        fake = Faker(locale)
        fake.seed_instance(7)
        for _ in range(count):
            rows.append({"locale": locale, **{name: make(fake) for name, make in fields.items()}})
    return rows


golden = {
    "script": "test/parity/golden_pii.py",
    "versions": {
        "Faker": faker.VERSION,
        "phonenumbers": phonenumbers.__version__,
        "python-stdnum": stdnum.__version__,
    },
    "phones": phones(),
    "national": national(),
    "addresses": people(
        ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "en_CA", "en_AU", "de_AT", "sv_SE"],
        {"address": lambda fake: fake.address(), "street": lambda fake: fake.street_address()},
        12,
    ),
    "people": people(
        ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL", "sv_SE", "pt_BR", "nl_NL"],
        {
            "name": lambda fake: fake.name(),
            "email": lambda fake: fake.email(),
            "company": lambda fake: fake.company_email(),
            "phone": lambda fake: fake.phone_number(),
            "iban": lambda fake: fake.iban(),
            "card": lambda fake: fake.credit_card_number(),
        },
        12,
    ),
}
json.dump(golden, sys.stdout, ensure_ascii=False, indent=0)
