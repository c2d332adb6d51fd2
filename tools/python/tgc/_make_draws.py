# SPDX-License-Identifier: Apache-2.0
"""Draws of NumPy's generators: Theano's RandomFunction over a RandomState, and the RandomVariables
of Aesara and PyTensor over a Generator or a RandomState."""
from typing import Any, Dict, List, Optional, Tuple

import numpy

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import NO_COUNTERPART, dims_of, json_dims, known_dim
from ._sizes import numbers

# Methods of RandomState that RandomFunction names, and the names of RandomVariables: tgc's op and
# how many parameters it takes.
_DRAWS: Dict[str, Tuple[str, int]] = {
    "uniform": ("random_uniform", 2), "normal": ("random_normal", 2),
    "binomial": ("random_binomial", 2), "poisson": ("random_poisson", 1),
    "lognormal": ("random_lognormal", 2), "exponential": ("random_exponential", 1),
    "gamma": ("random_gamma", 2), "beta": ("random_beta", 2), "laplace": ("random_laplace", 2),
    "logistic": ("random_logistic", 2), "geometric": ("random_geometric", 1),
    "integers": ("random_integers", 2)}


def _emit(ex: Exporter, apply: Any, scope: Scope, op: str, inputs: List[Any],
          attributes: List[Any]) -> List[Any]:
    return ex.emit(scope, op, [ex.operand(apply.inputs[0], scope)] + inputs, attributes,
                   variables=list(apply.outputs))


# --- RandomFunction -----------------------------------------------------------------------------


def make_random_function(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    op = apply.op
    name = op.fn if isinstance(op.fn, str) else getattr(op.fn, "__name__", "?")
    parameters = apply.inputs[2:]
    sample = apply.outputs[1]
    rank = ancestors.rank_of(sample) - int(op.ndim_added)
    size = numbers(ex, apply.inputs[1], scope) if rank else []
    if size is None:
        raise Unsupported("the size of the sample is not known when the call begins")
    if rank and not size:
        raise Unsupported("a sample whose size its parameters tell when it is drawn %s"
                          % NO_COUNTERPART)
    dtype = ("dtype", sample.type.dtype)
    if name in _DRAWS and len(parameters) == _DRAWS[name][1]:
        return _emit(ex, apply, scope, _DRAWS[name][0],
                     [_parameter(ex, p, scope, name, i) for i, p in enumerate(parameters)],
                     [("shape", json_dims(size)), dtype])
    if name == "random_integers_helper":
        low, high = [ex.operand(p, scope) for p in parameters]
        above = ex.emit(scope, "add", [_wide(ex, high, parameters[1], scope), _one(ex)])
        return _emit(ex, apply, scope, "random_integers", [low, above],
                     [("shape", json_dims(size)), dtype])
    if name == "permutation_helper":
        n = known_dim(ex, parameters[0], scope, "the length of the permutation")
        return _cast_sample(ex, apply, scope, "random_permutation", [],
                            [("shape", json_dims(size)), ("n", n.json())])
    if name == "multinomial_helper":
        return _cast_sample(ex, apply, scope, "random_multinomial", ex.operands(parameters, scope),
                            [("shape", json_dims(size)), ("shrinks", True)])
    if name == "choice_helper":
        return _choice(ex, apply, scope, parameters, size)
    raise Unsupported("RandomFunction{%s} %s" % (name, NO_COUNTERPART))


def _choice(ex: Exporter, apply: Any, scope: Scope, parameters: List[Any],
            size: List[Dim]) -> List[Any]:
    population, replace, p = parameters
    if not ancestors.is_constant(replace):
        raise Unsupported("whether it draws with replacement is not constant")
    rank = ancestors.rank_of(population)
    attributes: List[Any] = [("shape", json_dims(size))]
    if bool(ancestors.constant_value(replace)):
        attributes.append(("replace", True))
    has_p = dims_of(ex, p, scope)[0].constant() != 0
    inputs = [ex.operand(p, scope)] if has_p else []
    if not has_p:
        n = dims_of(ex, population, scope)[0] if rank else known_dim(
            ex, population, scope, "the number to choose from")
        attributes.append(("n", n.json()))
    return _chosen(ex, apply, scope, inputs, attributes, population if rank else None)


def _chosen(ex: Exporter, apply: Any, scope: Scope, inputs: List[Any], attributes: List[Any],
            population: Any) -> List[Any]:
    """The positions, or what stands there in the population."""
    state, sample = apply.outputs
    after, places = ex.emit(scope, "random_choice", [ex.operand(apply.inputs[0], scope)] + inputs,
                            attributes, variables=[state, None])
    result = places
    if population is not None:
        result = ex.emit(scope, "take", [ex.operand(population, scope), places], [("axis", 0)])
    return [after, ex.emit(scope, "cast", [result], [("dtype", sample.type.dtype)], sample)]


def _cast_sample(ex: Exporter, apply: Any, scope: Scope, op: str, inputs: List[Any],
                 attributes: List[Any]) -> List[Any]:
    """For ops whose samples are int64."""
    state, sample = apply.outputs
    if sample.type.dtype == "int64":
        return _emit(ex, apply, scope, op, inputs, attributes)
    after, drawn = ex.emit(scope, op, [ex.operand(apply.inputs[0], scope)] + inputs, attributes,
                           variables=[state, None])
    return [after, ex.emit(scope, "cast", [drawn], [("dtype", sample.type.dtype)], sample)]


def _parameter(ex: Exporter, variable: Any, scope: Scope, name: str, place: int) -> Any:
    """Bounds and numbers of trials are int64; NumPy refuses others or casts them."""
    operand = ex.operand(variable, scope)
    if name in ("integers", "binomial") and (name == "integers" or place == 0):
        return _wide(ex, operand, variable, scope)
    return ex.cast(scope, operand, "float64") if ancestors.dtype_of(variable) == "bool" else operand


def _wide(ex: Exporter, operand: Any, variable: Any, scope: Scope) -> Any:
    return operand if ancestors.dtype_of(variable) == "int64" else ex.cast(scope, operand, "int64")


def _one(ex: Exporter) -> Any:
    return ex.constant(numpy.asarray(1, "int64"))


# --- RandomVariables ----------------------------------------------------------------------------


def make_random_variable(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    name = ancestors.class_name(apply.op)
    return _VARIABLES[name](ex, apply, scope)


def _distribution_parameters(apply: Any) -> List[Any]:
    """Aesara has the dtype before them."""
    first = 3 if ancestors.package_of(apply.op) == "aesara" else 2
    return list(apply.inputs[first:])


def _shape_of_sample(ex: Exporter, apply: Any, scope: Scope, parameters: List[Any],
                     core: Tuple[int, ...]) -> List[Dim]:
    """The size, where one is given, else what the parameters broadcast to; `core`: how many of each
    parameter's last axes are of one draw."""
    size = apply.inputs[1]
    if not ancestors.is_none(size) and not ancestors.static_shape(size) == (0,):
        found = numbers(ex, size, scope)
        if found is None:
            raise Unsupported("the size of the sample is not known when the call begins")
        return found
    shapes = [dims_of(ex, p, scope)[:ancestors.rank_of(p) - c] for p, c in zip(parameters, core)]
    rank = max([len(shape) for shape in shapes] + [0])
    result = [Dim.number(1)] * rank
    for shape in shapes:
        for axis, dim in enumerate(shape, rank - len(shape)):
            if dim.constant() != 1:
                result[axis] = dim
    return result


def _draw(ex: Exporter, apply: Any, scope: Scope, op: str, inputs: List[Any], shape: List[Dim],
          dtype: Optional[str] = None) -> List[Any]:
    """The state after a draw that the sample is computed from."""
    attributes: List[Any] = [("shape", json_dims(shape))]
    if dtype is not None:
        attributes.append(("dtype", dtype))
    return ex.emit(scope, op, [ex.operand(apply.inputs[0], scope)] + inputs, attributes,
                   variables=[apply.outputs[0], None])


def _plain(name: str) -> Any:
    def make(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
        parameters = _distribution_parameters(apply)
        shape = _shape_of_sample(ex, apply, scope, parameters, (0,) * len(parameters))
        return _emit(ex, apply, scope, _DRAWS[name][0],
                     [_parameter(ex, p, scope, name, i) for i, p in enumerate(parameters)],
                     [("shape", json_dims(shape)), ("dtype", apply.outputs[1].type.dtype)])
    return make


def _bernoulli(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    parameters = _distribution_parameters(apply)
    shape = _shape_of_sample(ex, apply, scope, parameters, (0,))
    return _emit(ex, apply, scope, "random_binomial",
                 [_one(ex), ex.operand(parameters[0], scope)],
                 [("shape", json_dims(shape)), ("dtype", apply.outputs[1].type.dtype)])


def _as_sample(ex: Exporter, apply: Any, scope: Scope, operand: Any) -> Any:
    return ex.emit(scope, "cast", [operand], [("dtype", apply.outputs[1].type.dtype)],
                   apply.outputs[1])


def _half_normal(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    parameters = _distribution_parameters(apply)
    shape = _shape_of_sample(ex, apply, scope, parameters, (0, 0))
    after, drawn = _draw(ex, apply, scope, "random_normal", [], shape, "float64")
    location, scale = ex.operands(parameters, scope)
    size = ex.emit(scope, "abs_", [drawn])
    moved = ex.emit(scope, "add", [ex.emit(scope, "mul", [size, scale]), location])
    return [after, _as_sample(ex, apply, scope, moved)]


def _inverse_gamma(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    parameters = _distribution_parameters(apply)
    shape = _shape_of_sample(ex, apply, scope, parameters, (0, 0))
    order, scale = ex.operands(parameters, scope)
    rate = ex.emit(scope, "inv", [scale])
    after, drawn = _draw(ex, apply, scope, "random_gamma", [order, rate], shape, "float64")
    return [after, _as_sample(ex, apply, scope, ex.emit(scope, "inv", [drawn]))]


def _categorical(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """How many sums of probabilities a uniform sample exceeds."""
    p, = _distribution_parameters(apply)
    shape = _shape_of_sample(ex, apply, scope, [p], (1,))
    after, drawn = _draw(ex, apply, scope, "random_uniform", [], shape, "float64")
    sums = ex.emit(scope, "cumsum", [ex.operand(p, scope)], [("axis", -1)])
    column = ex.emit(scope, "dimshuffle", [drawn],
                     [("order", list(range(len(shape))) + [-1])])
    is_above = ex.emit(scope, "cast", [ex.emit(scope, "lt", [sums, column])], [("dtype", "int64")])
    count = ex.emit(scope, "sum", [is_above], [("axis", -1)])
    return [after, _as_sample(ex, apply, scope, count)]


def _multinomial(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    n, p = _distribution_parameters(apply)
    shape = _shape_of_sample(ex, apply, scope, [n, p], (0, 1))
    return _cast_sample(ex, apply, scope, "random_multinomial", ex.operands([n, p], scope),
                        [("shape", json_dims(shape))])


def _permutation(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    x, = _distribution_parameters(apply)
    rank = ancestors.rank_of(x)
    if rank != apply.op.ndims_params[0]:
        raise Unsupported("permutations of a batch %s" % NO_COUNTERPART)
    n = dims_of(ex, x, scope)[0] if rank else known_dim(ex, x, scope,
                                                        "the length of the permutation")
    if not rank:
        return _cast_sample(ex, apply, scope, "random_permutation", [], [("n", n.json())])
    after, order = ex.emit(scope, "random_permutation", [ex.operand(apply.inputs[0], scope)],
                           [("n", n.json())], variables=[apply.outputs[0], None])
    return [after, ex.emit(scope, "take", [ex.operand(x, scope), order], [("axis", 0)],
                           apply.outputs[1])]


def _choice_without_replacement(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    parameters = _distribution_parameters(apply)
    population, core = parameters[0], parameters[-1]
    if ancestors.rank_of(population) != apply.op.ndims_params[0]:
        raise Unsupported("choices from a batch %s" % NO_COUNTERPART)
    size = numbers(ex, core, scope)
    if size is None or len(parameters) != 3:
        raise Unsupported("a choice without replacement and without probabilities %s"
                          % NO_COUNTERPART)
    return _chosen(ex, apply, scope, [ex.operand(parameters[1], scope)],
                   [("shape", json_dims(size))],
                   population if ancestors.rank_of(population) else None)


_VARIABLES: Dict[str, Any] = {
    "BernoulliRV": _bernoulli, "HalfNormalRV": _half_normal, "InvGammaRV": _inverse_gamma,
    "CategoricalRV": _categorical, "MultinomialRV": _multinomial, "PermutationRV": _permutation,
    "ChoiceWithoutReplacement": _choice_without_replacement, "UniformRV": _plain("uniform"),
    "NormalRV": _plain("normal"), "LogNormalRV": _plain("lognormal"),
    "ExponentialRV": _plain("exponential"), "GammaRV": _plain("gamma"), "BetaRV": _plain("beta"),
    "LaplaceRV": _plain("laplace"), "LogisticRV": _plain("logistic"),
    "BinomialRV": _plain("binomial"), "PoissonRV": _plain("poisson"),
    "GeometricRV": _plain("geometric"), "IntegersRV": _plain("integers")}
