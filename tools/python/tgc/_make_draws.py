# SPDX-License-Identifier: Apache-2.0
"""Draws of NumPy's generators: Theano's RandomFunction over a RandomState, and the RandomVariables
of Aesara and PyTensor over a Generator or a RandomState."""
from typing import Any, Dict, List, Tuple

import numpy

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import NO_COUNTERPART, dims_of, json_dims, known_dim
from ._sizes import numbers

# Methods of RandomState that RandomFunction names: tgc's op and how many parameters it takes.
_DRAWS: Dict[str, Tuple[str, int]] = {
    "uniform": ("random_uniform", 2), "normal": ("random_normal", 2),
    "binomial": ("random_binomial", 2), "poisson": ("random_poisson", 1)}


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
    """NumPy refuses or casts numbers of trials that are not int64."""
    if name == "binomial" and place == 0:
        return _as_int64(ex, variable, scope)
    return _as_number(ex, variable, scope)


def _wide(ex: Exporter, operand: Any, variable: Any, scope: Scope) -> Any:
    return operand if ancestors.dtype_of(variable) == "int64" else ex.cast(scope, operand, "int64")


def _one(ex: Exporter) -> Any:
    return ex.constant(numpy.asarray(1, "int64"))


# --- RandomVariables ----------------------------------------------------------------------------


def make_random_variable(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    name = ancestors.class_name(apply.op)
    return _VARIABLES[name](ex, apply, scope)


def _distribution_parameters(apply: Any) -> List[Any]:
    """Theano-PyMC and Aesara have the dtype before them."""
    first = 2 if ancestors.package_of(apply.op) == "pytensor" else 3
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
        if found:
            return found  # an empty one is none
    shapes = [dims_of(ex, p, scope)[:ancestors.rank_of(p) - c] for p, c in zip(parameters, core)]
    rank = max([len(shape) for shape in shapes] + [0])
    result = [Dim.number(1)] * rank
    for shape in shapes:
        for axis, dim in enumerate(shape, rank - len(shape)):
            if dim.constant() != 1:
                result[axis] = dim
    return result


def _plain(op: str, integers: Tuple[int, ...] = ()) -> Any:
    """tgc's op with the parameters in their order; `integers`: which of them are int64."""
    def make(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
        parameters = _distribution_parameters(apply)
        shape = _shape_of_sample(ex, apply, scope, parameters, (0,) * len(parameters))
        inputs = [_as_int64(ex, p, scope) if i in integers else _as_number(ex, p, scope)
                  for i, p in enumerate(parameters)]
        return _emit(ex, apply, scope, op, inputs,
                     [("shape", json_dims(shape)), ("dtype", apply.outputs[1].type.dtype)])
    return make


def _as_int64(ex: Exporter, variable: Any, scope: Scope) -> Any:
    return _wide(ex, ex.operand(variable, scope), variable, scope)


def _as_number(ex: Exporter, variable: Any, scope: Scope) -> Any:
    operand = ex.operand(variable, scope)
    return ex.cast(scope, operand, "float64") if ancestors.dtype_of(variable) == "bool" else operand


def _as_float(ex: Exporter, variable: Any, scope: Scope) -> Any:
    operand = ex.operand(variable, scope)
    return operand if ancestors.dtype_of(variable).startswith("float") else ex.cast(
        scope, operand, "float64")


def _bernoulli(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    parameters = _distribution_parameters(apply)
    shape = _shape_of_sample(ex, apply, scope, parameters, (0,))
    return _emit(ex, apply, scope, "random_binomial",
                 [_one(ex), _as_number(ex, parameters[0], scope)],
                 [("shape", json_dims(shape)), ("dtype", apply.outputs[1].type.dtype)])


def _hypergeometric(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    parameters = _distribution_parameters(apply)
    shape = _shape_of_sample(ex, apply, scope, parameters, (0, 0, 0))
    return _cast_sample(ex, apply, scope, "random_hypergeometric",
                        [_as_int64(ex, p, scope) for p in parameters],
                        [("shape", json_dims(shape))])


def _of_rows(op: str) -> Any:
    """Of one parameter, with a row for each draw."""
    def make(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
        rows, = _distribution_parameters(apply)
        shape = _shape_of_sample(ex, apply, scope, [rows], (1,))
        return _emit(ex, apply, scope, op, [_as_float(ex, rows, scope)],
                     [("shape", json_dims(shape)), ("dtype", apply.outputs[1].type.dtype)])
    return make


def _inverse_gamma(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    if ancestors.package_of(apply.op) != "pytensor":
        raise Unsupported("inverse gamma samples by SciPy's inverse of gammaincc, as Aesara draws "
                          "them, %s" % NO_COUNTERPART)
    return _plain("random_invgamma")(ex, apply, scope)


def _multivariate_normal(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """Aesara leaves it to NumPy, which takes the covariance apart in float64, by svd."""
    mean, covariance = _distribution_parameters(apply)
    shape = _shape_of_sample(ex, apply, scope, [mean, covariance], (1, 2))
    operand = _as_float(ex, covariance, scope)
    if ancestors.package_of(apply.op) != "pytensor":
        operand = ex.cast(scope, operand, "float64")
    return _emit(ex, apply, scope, "random_multivariate_normal",
                 [_as_number(ex, mean, scope), operand],
                 [("shape", json_dims(shape)), ("dtype", apply.outputs[1].type.dtype),
                  ("method", getattr(apply.op, "method", "svd"))])


def _multinomial(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    n, p = _distribution_parameters(apply)
    shape = _shape_of_sample(ex, apply, scope, [n, p], (0, 1))
    return _cast_sample(ex, apply, scope, "random_multinomial", ex.operands([n, p], scope),
                        [("shape", json_dims(shape))])


def _permutation(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    x, = _distribution_parameters(apply)
    rank = ancestors.rank_of(x)
    core = rank if ancestors.package_of(apply.op) != "pytensor" else apply.op.ndims_params[0]
    if not rank:
        n = known_dim(ex, x, scope, "the length of the permutation")
        return _cast_sample(ex, apply, scope, "random_permutation", [], [("n", n.json())])
    if rank != core and core == 0:
        raise Unsupported("permutations of a batch of lengths %s" % NO_COUNTERPART)
    dims = dims_of(ex, x, scope)
    batch = rank - core
    if batch and core > 1:
        raise Unsupported("permutations of a batch of matrices %s" % NO_COUNTERPART)
    shape = _shape_of_sample(ex, apply, scope, [x], (core,))
    if [d.json() for d in shape] != [d.json() for d in dims[:batch]]:
        raise Unsupported("permutations of a batch that is enlarged to the size %s" % NO_COUNTERPART)
    after, order = ex.emit(scope, "random_permutation", [ex.operand(apply.inputs[0], scope)],
                           [("n", dims[batch].json()), ("shape", json_dims(shape))],
                           variables=[apply.outputs[0], None])
    return [after, ex.emit(scope, "take_along_axis" if batch else "take",
                           [ex.operand(x, scope), order], [("axis", batch)], apply.outputs[1])]


def _choice_without_replacement(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    parameters = _distribution_parameters(apply)
    population, core = parameters[0], parameters[-1]
    if ancestors.rank_of(population) != apply.op.ndims_params[0]:
        raise Unsupported("choices from a batch %s" % NO_COUNTERPART)
    size = numbers(ex, core, scope)
    if size is None:
        raise Unsupported("the size of the sample is not known when the call begins")
    return _choice_of(ex, apply, scope, population, parameters[1] if len(parameters) == 3 else None,
                      [("shape", json_dims(size))])


def _choice_of(ex: Exporter, apply: Any, scope: Scope, population: Any, p: Any,
               attributes: List[Any]) -> List[Any]:
    is_number = ancestors.rank_of(population) == 0
    if p is None:
        n = known_dim(ex, population, scope, "the number to choose from") if is_number else dims_of(
            ex, population, scope)[0]
        attributes = attributes + [("n", n.json())]
    return _chosen(ex, apply, scope, [] if p is None else [ex.operand(p, scope)], attributes,
                   None if is_number else population)


def _choice_rv(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """Aesara's choice, of a vector."""
    population, p, replace = _distribution_parameters(apply)
    if not ancestors.is_constant(replace):
        raise Unsupported("whether it draws with replacement is not constant")
    shape = _shape_of_sample(ex, apply, scope, [], ())
    attributes: List[Any] = [("shape", json_dims(shape))]
    if bool(ancestors.constant_value(replace)):
        attributes.append(("replace", True))
    return _choice_of(ex, apply, scope, population, None if ancestors.is_none(p) else p, attributes)


_VARIABLES: Dict[str, Any] = {
    "BernoulliRV": _bernoulli, "BetaBinomialRV": _plain("random_betabinom", (0,)),
    "BetaRV": _plain("random_beta"), "BinomialRV": _plain("random_binomial", (0,)),
    "CategoricalRV": _of_rows("random_categorical"), "CauchyRV": _plain("random_cauchy"),
    "ChiSquareRV": _plain("random_chisquare"), "ChoiceRV": _choice_rv,
    "ChoiceWithoutReplacement": _choice_without_replacement,
    "DirichletRV": _of_rows("random_dirichlet"), "ExponentialRV": _plain("random_exponential"),
    "FRV": _plain("random_f"), "GammaRV": _plain("random_gamma"),
    "GenGammaRV": _plain("random_gengamma"), "GeometricRV": _plain("random_geometric"),
    "GumbelRV": _plain("random_gumbel"), "HalfCauchyRV": _plain("random_halfcauchy"),
    "HalfNormalRV": _plain("random_halfnormal"), "HyperGeometricRV": _hypergeometric,
    "IntegersRV": _plain("random_integers", (0, 1)), "InvGammaRV": _inverse_gamma,
    "LaplaceRV": _plain("random_laplace"), "LogNormalRV": _plain("random_lognormal"),
    "LogisticRV": _plain("random_logistic"), "MultinomialRV": _multinomial,
    "MvNormalRV": _multivariate_normal,
    "NegBinomialRV": _plain("random_nbinom"), "NormalRV": _plain("random_normal"),
    "ParetoRV": _plain("random_pareto"), "PermutationRV": _permutation,
    "PoissonRV": _plain("random_poisson"), "PowerRV": _plain("random_power"),
    "RandIntRV": _plain("random_integers", (0, 1)), "RayleighRV": _plain("random_rayleigh"),
    "StudentTRV": _plain("random_t"), "TriangularRV": _plain("random_triangular"),
    "TruncExponentialRV": _plain("random_truncexpon"), "UniformRV": _plain("random_uniform"),
    "VonMisesRV": _plain("random_vonmises"), "WaldRV": _plain("random_wald"),
    "WeibullRV": _plain("random_weibull"), "ZipfRV": _plain("random_zipf")}
