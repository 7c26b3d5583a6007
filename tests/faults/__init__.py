"""Faults put into real runs on purpose: what they interrupt or damage ends in the same results, or says why.

``python -m tests.faults --n 250 --seed 1 --out table.tsv`` draws faults of every kind and counts what became of them;
``--only ID`` repeats one.
"""
