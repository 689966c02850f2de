import pytest

from attacker.choice import Choice
from attacker.errors import ConfigurationError, UnknownPluginError
from attacker.synthesis import SYNTHESES


def test_a_plugin_is_made_with_the_settings_that_are_named():
    made = Choice.read("model_based:randomize=flip:k_max=10:conf_min=0.3", SYNTHESES).make()
    parameters = made.parameters()
    assert (parameters["randomize"], parameters["k_max"], parameters["conf_min"]) == ("flip", 10, 0.3)
    assert parameters["rej_max"] == 10


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("model_based:randomise=flip", "takes randomize="),
        ("model_based:randomize=shuffle", "flip or draw, not 'shuffle'"),
        ("model_based:k_max=many", "a whole number, not 'many'"),
        ("model_based:k_max", "'k_max' does not set"),
        ("population:count=3", "takes no settings"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_with_what_can(words, told):
    with pytest.raises(ConfigurationError, match=told):
        Choice.read(words, SYNTHESES)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownPluginError, match="did you mean 'model_based'"):
        Choice.read("modelbased", SYNTHESES)
