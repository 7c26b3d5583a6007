"""How much of the planted truth a method returned, beside what chance returns: tables in, tables out."""

from cisgram.simulate.recovery.contacts import (
    CallRecovery,
    CompartmentRecovery,
    boundary_recovery,
    compartment_recovery,
    convergent_share,
    decay_slope,
    loop_recovery,
    weight_recovery,
)
from cisgram.simulate.recovery.contributions import contribution_recovery
from cisgram.simulate.recovery.effects import EffectRecovery, effect_recovery
from cisgram.simulate.recovery.expression import LinkRecovery, expression_effect_recovery, link_recovery
from cisgram.simulate.recovery.grammar import grammar_recovery, grammar_summary, renamed
from cisgram.simulate.recovery.instances import bound_instances, instance_recovery
from cisgram.simulate.recovery.motifs import motif_recovery
from cisgram.simulate.recovery.ranking import Ranking, ranking
from cisgram.simulate.recovery.spacing import SpacingRecovery, spacing_recovery, true_help
from cisgram.simulate.recovery.specificity import specificity_recovery
from cisgram.simulate.recovery.states import StateRecovery, state_recovery

__all__ = [
    "CallRecovery",
    "CompartmentRecovery",
    "EffectRecovery",
    "LinkRecovery",
    "Ranking",
    "SpacingRecovery",
    "StateRecovery",
    "bound_instances",
    "boundary_recovery",
    "compartment_recovery",
    "contribution_recovery",
    "convergent_share",
    "decay_slope",
    "effect_recovery",
    "expression_effect_recovery",
    "grammar_recovery",
    "grammar_summary",
    "instance_recovery",
    "link_recovery",
    "loop_recovery",
    "motif_recovery",
    "ranking",
    "renamed",
    "spacing_recovery",
    "specificity_recovery",
    "state_recovery",
    "true_help",
    "weight_recovery",
]
