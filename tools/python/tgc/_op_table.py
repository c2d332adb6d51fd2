# SPDX-License-Identifier: Apache-2.0
"""Which op of tgc stands for which class of an ancestor: one row an op.

ELEMENTWISE: scalar classes, whatever applies them (Elemwise, CAReduce, a scalar op by itself).
`rule` is the dtype tgc gives the result: "upcast" of the inputs, "float" (integers become floats
first), "bool", "float64", "same" as the first input, "last": of all inputs but the first.

OPS: classes of ops. `make` names the function (make_NAME, see _make_ops.py) that writes the nodes;
`ops` are the ops of tgc it may write.
"""
from typing import Dict, NamedTuple, Tuple

Scalar = NamedTuple("Scalar", [("op", str), ("classes", Tuple[str, ...]), ("rule", str)])
Row = NamedTuple("Row", [("classes", Tuple[str, ...]), ("make", str), ("ops", Tuple[str, ...])])


def _scalar(op: str, classes: str, rule: str) -> Scalar:
    return Scalar(op, tuple(classes.split()), rule)


def _row(classes: str, make: str, ops: str = "") -> Row:
    return Row(tuple(classes.split()), make, tuple(ops.split()))


# Theano's name first, then those of Aesara and PyTensor where they differ.
ELEMENTWISE = (
    _scalar("add", "Add", "upcast"),
    _scalar("sub", "Sub", "upcast"),
    _scalar("mul", "Mul", "upcast"),
    _scalar("true_div", "TrueDiv TrueDivide", "float"),
    _scalar("int_div", "IntDiv FloorDivide", "upcast"),
    _scalar("mod", "Mod", "upcast"),
    _scalar("pow", "Pow", "upcast"),
    _scalar("maximum", "Maximum ScalarMaximum", "upcast"),
    _scalar("minimum", "Minimum ScalarMinimum", "upcast"),
    _scalar("clip", "Clip", "upcast"),
    _scalar("switch", "Switch", "last"),
    _scalar("fill", "Second", "last"),
    _scalar("identity", "Identity", "same"),
    _scalar("neg", "Neg", "same"),
    _scalar("abs_", "Abs", "same"),
    _scalar("sqr", "Sqr", "same"),
    _scalar("sgn", "Sgn Sign", "same"),
    _scalar("lt", "LT", "bool"),
    _scalar("le", "LE", "bool"),
    _scalar("gt", "GT", "bool"),
    _scalar("ge", "GE", "bool"),
    _scalar("eq", "EQ", "bool"),
    _scalar("neq", "NEQ", "bool"),
    _scalar("isnan", "IsNan", "bool"),
    _scalar("isinf", "IsInf", "bool"),
    _scalar("and_", "AND", "upcast"),
    _scalar("or_", "OR", "upcast"),
    _scalar("xor", "XOR", "upcast"),
    _scalar("invert", "Invert", "same"),
    _scalar("sqrt", "Sqrt", "float"),
    _scalar("inv", "Inv Reciprocal", "float"),
    _scalar("exp", "Exp", "float"),
    _scalar("exp2", "Exp2", "float"),
    _scalar("expm1", "Expm1", "float"),
    _scalar("log", "Log", "float"),
    _scalar("log2", "Log2", "float"),
    _scalar("log10", "Log10", "float"),
    _scalar("log1p", "Log1p", "float"),
    _scalar("sin", "Sin", "float"),
    _scalar("cos", "Cos", "float"),
    _scalar("tan", "Tan", "float"),
    _scalar("arcsin", "ArcSin", "float"),
    _scalar("arccos", "ArcCos", "float"),
    _scalar("arctan", "ArcTan", "float"),
    _scalar("arctan2", "ArcTan2", "float"),
    _scalar("sinh", "Sinh", "float"),
    _scalar("cosh", "Cosh", "float"),
    _scalar("tanh", "Tanh", "float"),
    _scalar("arcsinh", "ArcSinh", "float"),
    _scalar("arccosh", "ArcCosh", "float"),
    _scalar("arctanh", "ArcTanh", "float"),
    _scalar("deg2rad", "Deg2Rad", "float"),
    _scalar("rad2deg", "Rad2Deg", "float"),
    _scalar("ceil", "Ceil", "float"),
    _scalar("floor", "Floor", "float"),
    _scalar("trunc", "Trunc", "float"),
    _scalar("round_half_to_even", "RoundHalfToEven", "float"),
    _scalar("round_half_away_from_zero", "RoundHalfAwayFromZero", "float"),
    _scalar("sigmoid", "ScalarSigmoid Sigmoid", "float"),
    _scalar("ultra_fast_sigmoid", "UltraFastScalarSigmoid", "float"),
    _scalar("softplus", "ScalarSoftplus Softplus", "float"),
    _scalar("softsign", "ScalarSoftsign", "float"),
    _scalar("xlogx", "XlogX", "float"),
    _scalar("xlogy0", "XlogY0", "float"),
    _scalar("erf", "Erf", "float"),
    _scalar("erfc", "Erfc", "float"),
    _scalar("erfcx", "Erfcx", "float"),
    _scalar("erfinv", "Erfinv", "float"),
    _scalar("erfcinv", "Erfcinv", "float"),
    _scalar("log1mexp", "Log1mexp", "float"),
    _scalar("gamma", "Gamma", "float"),
    _scalar("gammaln", "GammaLn", "float"),
    _scalar("psi", "Psi", "float"),
    _scalar("tri_gamma", "TriGamma", "float"),
    _scalar("gammainc", "GammaInc", "float"),
    _scalar("gammaincc", "GammaIncC", "float"),
    _scalar("gammau", "GammaU", "float"),
    _scalar("gammal", "GammaL", "float"),
    _scalar("chi2sf", "Chi2SF", "float64"),
    _scalar("betainc", "BetaInc", "float"),
    _scalar("j0", "J0", "float"),
    _scalar("j1", "J1", "float"),
    _scalar("jv", "Jv", "float"),
    _scalar("i0", "I0", "float"),
    _scalar("i1", "I1", "float"),
    _scalar("iv", "Iv", "float"),
    _scalar("ive", "Ive", "float"),
    _scalar("kve", "Kve", "float"),
    _scalar("polygamma", "PolyGamma", "last"),
    _scalar("inrange", "InRange", "bool"),
)

OPS = (
    _row("Elemwise", "elemwise"),
    _row("DimShuffle InplaceDimShuffle", "dimshuffle", "dimshuffle"),
    _row("Dot Dot22", "dot", "dot"),
    _row("Gemm", "gemm", "dot mul add"),
    _row("Gemv CGemv", "gemv", "dot mul add"),
    _row("Ger CGer", "ger", "dimshuffle mul add"),
    _row("Dot22Scalar", "dot22_scalar", "dot mul"),
    _row("BatchedDot", "batched_dot", "batched_dot"),
    _row("Blockwise MatMul", "blockwise", "dot batched_dot reshape conv2d"),
    _row("Convolve1d Convolve2d", "convolve", "reshape conv2d"),
    _row("Sum Prod Max Min All Any CAReduce CAReduceDtype", "reduce",
         "sum prod max min all any cast identity"),
    _row("ProdWithoutZeros", "prod_without_zeros", "eq switch prod"),
    _row("MaxAndArgmax", "max_and_argmax", "max_and_argmax"),
    _row("Argmax", "argmax", "argmax"),
    _row("Reshape", "reshape", "reshape"),
    _row("Flatten", "flatten", "flatten"),
    _row("Shape", "shape", "shape"),
    _row("Shape_i", "shape_i", "shape_i"),
    _row("SpecifyShape", "specify_shape", "identity reshape"),
    _row("Rebroadcast", "rebroadcast", "reshape"),
    _row("TensorFromScalar ScalarFromTensor ViewOp DeepCopyOp OutputGuard ConsiderConstant "
         "ZeroGrad DisconnectedGrad UndefinedGrad GradClip GradScale Unbroadcast CpuContiguous",
         "alias"),
    _row("Assert CheckAndRaise Print", "checked_alias"),
    _row("Alloc", "alloc", "alloc"),
    _row("AllocEmpty", "alloc_empty", "alloc"),
    _row("MakeVector", "make_vector", "stack"),
    _row("Join", "join", "join"),
    _row("Split", "split", "split"),
    _row("ARange", "arange", "arange dim"),
    _row("Eye", "eye", "eye"),
    _row("Tri", "tri", "arange dim dimshuffle add ge cast"),
    _row("AllocDiag", "alloc_diag", "eye switch dimshuffle"),
    _row("Subtensor", "subtensor", "subtensor cast"),
    _row("IncSubtensor", "inc_subtensor", "inc_subtensor set_subtensor"),
    _row("AdvancedSubtensor1", "advanced_subtensor1", "advanced_subtensor1"),
    _row("AdvancedIncSubtensor1", "advanced_inc_subtensor1",
         "advanced_inc_subtensor1 advanced_set_subtensor1"),
    _row("AdvancedSubtensor", "advanced_subtensor", "advanced_subtensor"),
    _row("AdvancedIncSubtensor", "advanced_inc_subtensor",
         "advanced_inc_subtensor advanced_set_subtensor"),
    _row("ExtractDiag", "extract_diag", "advanced_subtensor arange"),
    _row("Softmax", "softmax", "softmax reshape dimshuffle"),
    _row("LogSoftmax", "log_softmax", "log_softmax reshape dimshuffle"),
    _row("SoftmaxWithBias", "softmax_with_bias", "softmax_with_bias"),
    _row("SoftmaxGrad", "softmax_grad", "softmax_grad reshape dimshuffle"),
    _row("CrossentropyCategorical1Hot", "crossentropy_1hot", "crossentropy_categorical_1hot"),
    _row("CrossentropyCategorical1HotGrad", "crossentropy_1hot_grad",
         "crossentropy_categorical_1hot_grad"),
    _row("CrossentropySoftmaxArgmax1HotWithBias", "crossentropy_softmax",
         "add softmax argmax cast crossentropy_categorical_1hot"),
    _row("CrossentropySoftmax1HotWithBiasDx", "crossentropy_softmax_grad",
         "arange cast dim eq dimshuffle sub mul"),
    _row("AbstractConv2d AbstractConv3d CorrMM Corr3dMM", "conv", "conv2d conv3d"),
    _row("AbstractConv2d_gradWeights AbstractConv3d_gradWeights", "conv_grad_weights",
         "conv2d_grad_wrt_weights conv3d_grad_wrt_weights"),
    _row("AbstractConv2d_gradInputs AbstractConv3d_gradInputs", "conv_grad_inputs",
         "conv2d_grad_wrt_inputs conv3d_grad_wrt_inputs"),
    _row("AbstractBatchNormTrain", "batch_norm_train",
         "batch_normalization_train mean var add sub mul sqrt inv true_div dim cast"),
    _row("AbstractBatchNormInference", "batch_norm_inference",
         "batch_normalization_test sub add sqrt true_div mul"),
    _row("AbstractBatchNormTrainGrad", "batch_norm_grad", "batch_normalization_train_grad"),
    _row("ConnectionistTemporalClassification", "ctc", "ctc ctc_grad"),
    _row("DiagonalSubtensor", "diagonal_subtensor", "diagonal_subtensor"),
    _row("IncDiagonalSubtensor", "inc_diagonal_subtensor", "inc_diagonal_subtensor"),
    _row("SparseBlockGemv", "sparse_block_gemv", "sparse_block_gemv"),
    _row("SparseBlockOuter", "sparse_block_outer", "sparse_block_outer"),
    _row("Images2Neibs", "images2neibs", "images2neibs"),
    _row("Prepend_scalar_constant_to_each_row Prepend_scalar_to_each_row", "prepend",
         "prepend_scalar_to_each_row"),
    _row("Pool", "pool", "pool pool_2d pool_3d"),
    _row("MaxPoolRop", "max_pool_rop", "max_pool_rop"),
    _row("MaxPoolGrad", "max_pool_grad", "max_pool_grad"),
    _row("AveragePoolGrad", "average_pool_grad", "average_pool_grad"),
    _row("DownsampleFactorMaxGradGrad", "max_pool_grad_grad", "max_pool_grad_grad"),
    _row("ConvOp", "conv_op", "conv2d"),
    _row("CumOp", "cumulate", "scan alloc flatten dimshuffle add mul"),
    _row("IfElse", "ifelse", "ifelse"),
    _row("Scan", "scan", "scan subtensor join dimshuffle"),
    _row("OpFromGraph LogSumExp", "inline"),
)

# What CAReduce with a scalar op is.
REDUCTIONS = {"Add": "sum", "Mul": "prod", "Maximum": "max", "ScalarMaximum": "max",
              "Minimum": "min", "ScalarMinimum": "min", "AND": "all", "OR": "any"}

SCALAR_ROWS: Dict[str, Scalar] = {name: row for row in ELEMENTWISE for name in row.classes}
OP_ROWS: Dict[str, Row] = {name: row for row in OPS for name in row.classes}


def tgc_ops() -> Tuple[str, ...]:
    """Every op of tgc that an exported file may hold."""
    names = {row.op for row in ELEMENTWISE} | {name for row in OPS for name in row.ops}
    return tuple(sorted(names | {"cast"}))
