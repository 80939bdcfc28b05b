"""What SDTM and ADaM both speak: partial dates, study days, conditions, findings, errors. No I/O, no specs."""
