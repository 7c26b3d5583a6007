"""Variants in files: VCF and BCF, plain tables, and VCF out again with what was found."""

from cisgram.io.vcf.annotating import InfoField, annotate_vcf
from cisgram.io.vcf.reading import VariantRecords, read_alleles, read_vcf
from cisgram.io.vcf.writing import write_vcf

__all__ = ["InfoField", "VariantRecords", "annotate_vcf", "read_alleles", "read_vcf", "write_vcf"]
