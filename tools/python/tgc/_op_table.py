# SPDX-License-Identifier: Apache-2.0
"""Which op of tgc stands for which class of an ancestor: one row an op.

ELEMENTWISE: scalar classes, whatever applies them (Elemwise, CAReduce, a scalar op by itself).
`rule` is the dtype tgc gives the result: "upcast" of the inputs, "float" (integers become floats
first), "bool", "float64", "part": of a complex number, "complex": of two parts, "same" as the first
input, "last": of all inputs but the first.

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
    _scalar("gammaincinv", "GammaIncInv", "float"),
    _scalar("gammainccinv", "GammaIncCInv", "float"),
    _scalar("betaincinv", "BetaIncInv", "float"),
    _scalar("ndtri_exp", "NdtriExp", "float"),
    _scalar("owens_t", "Owens_t", "float"),
    _scalar("hyp2f1", "Hyp2F1", "float"),
    _scalar("polygamma", "PolyGamma", "last"),
    _scalar("inrange", "InRange", "bool"),
    _scalar("real", "Real", "part"),
    _scalar("imag", "Imag", "part"),
    _scalar("angle", "Angle", "float64"),
    _scalar("conj", "Conj", "same"),
    _scalar("complex", "Complex", "complex"),
    _scalar("complex_from_polar", "ComplexFromPolar", "complex"),
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
    _row("Blockwise MatMul", "blockwise", "dot matmul reshape conv2d alloc scan dimshuffle shape_i "
         "advanced_subtensor subtensor inc_subtensor set_subtensor sort argsort alloc_diag "
         "searchsorted matrix_inverse det slogdet cholesky solve solve_triangular cho_solve "
         "eigh eigvalsh eig svd pinv qr expm"),
    _row("Convolve1d Convolve2d", "convolve", "reshape conv2d alloc"),
    _row("Sum Prod Max Min All Any CAReduce CAReduceDtype", "reduce",
         "sum prod max min all any cast identity"),
    _row("ProdWithoutZeros", "prod_without_zeros", "eq switch prod"),
    _row("MaxAndArgmax", "max_and_argmax", "max_and_argmax"),
    _row("Argmax", "argmax", "argmax"),
    _row("Reshape", "reshape", "reshape"),
    _row("Flatten", "flatten", "flatten"),
    _row("JoinDims", "join_dims", "reshape"),
    _row("SplitDims", "split_dims", "reshape"),
    _row("Shape", "shape", "shape"),
    _row("Shape_i", "shape_i", "shape_i"),
    _row("SpecifyShape", "specify_shape", "identity reshape"),
    _row("Rebroadcast", "rebroadcast", "reshape"),
    _row("TensorFromScalar ScalarFromTensor ViewOp DeepCopyOp OutputGuard Unbroadcast "
         "CpuContiguous", "alias"),
    _row("GpuFromHost HostFromGpu GpuToGpu GpuContiguous", "transfer"),
    _row("ConsiderConstant ZeroGrad DisconnectedGrad UndefinedGrad", "gradient_mark",
         "consider_constant zero_grad disconnected_grad undefined_grad"),
    _row("GradClip", "grad_clip", "grad_clip"),
    _row("GradScale", "grad_scale", "grad_scale"),
    _row("Assert CheckAndRaise", "assert", "assert"),
    _row("Raise", "raise", "raise"),
    _row("Print", "print", "print"),
    _row("Alloc", "alloc", "alloc"),
    _row("AllocEmpty", "alloc_empty", "alloc"),
    _row("MakeVector", "make_vector", "stack"),
    _row("Join", "join", "join"),
    _row("Split", "split", "split"),
    _row("ARange", "arange", "arange dim"),
    _row("Eye", "eye", "eye"),
    _row("Tri", "tri", "tri"),
    _row("AllocDiag", "alloc_diag", "alloc_diag"),
    _row("Subtensor", "subtensor", "subtensor cast"),
    _row("IncSubtensor", "inc_subtensor", "inc_subtensor set_subtensor"),
    _row("AdvancedSubtensor1", "advanced_subtensor1", "advanced_subtensor1"),
    _row("AdvancedIncSubtensor1", "advanced_inc_subtensor1",
         "advanced_inc_subtensor1 advanced_set_subtensor1"),
    _row("AdvancedSubtensor AdvancedBooleanSubtensor", "advanced_subtensor",
         "advanced_subtensor advanced_boolean_subtensor"),
    _row("AdvancedIncSubtensor AdvancedBooleanIncSubtensor", "advanced_inc_subtensor",
         "advanced_inc_subtensor advanced_set_subtensor advanced_boolean_inc_subtensor "
         "advanced_boolean_set_subtensor"),
    _row("Nonzero", "nonzero", "nonzero"),
    _row("SortOp", "sort", "sort"),
    _row("ArgSortOp", "sort", "argsort"),
    _row("TopKOp", "topk", "topk argtopk topk_and_argtopk"),
    _row("Unique", "unique", "unique"),
    _row("ExtractDiag", "extract_diag", "diagonal"),
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
    _row("CumOp CumsumOp CumprodOp", "cumulate", "cumsum cumprod"),
    _row("DiffOp", "diff", "diff"),
    _row("RepeatOp Repeat", "repeat", "repeat cast cumsum sum arange searchsorted identity take "
         "flatten measured_dim"),
    _row("FillDiagonal", "fill_diagonal", "fill_diagonal"),
    _row("FillDiagonalOffset", "fill_diagonal_offset", "fill_diagonal_offset"),
    _row("RavelMultiIndex", "ravel_multi_index", "ravel_multi_index subtensor"),
    _row("UnravelIndex", "unravel_index", "unravel_index"),
    _row("SearchsortedOp", "searchsorted", "searchsorted"),
    _row("PermuteRowElements", "permute_row_elements", "permute_row_elements"),
    _row("mrg_uniform GPUA_mrg_uniform", "mrg_uniform", "mrg_uniform reshape"),
    _row("RandomFunction", "random_function",
         "random_uniform random_normal random_binomial random_poisson random_integers "
         "random_permutation random_multinomial random_choice add take"),
    _row("UniformRV NormalRV LogNormalRV ExponentialRV GammaRV BetaRV LaplaceRV LogisticRV "
         "BinomialRV BernoulliRV PoissonRV GeometricRV IntegersRV RandIntRV HalfNormalRV "
         "InvGammaRV CategoricalRV MultinomialRV PermutationRV ChoiceRV ChoiceWithoutReplacement "
         "BetaBinomialRV CauchyRV ChiSquareRV DirichletRV FRV GenGammaRV GumbelRV HalfCauchyRV "
         "HyperGeometricRV MvNormalRV NegBinomialRV ParetoRV PowerRV RayleighRV StudentTRV "
         "TriangularRV TruncExponentialRV VonMisesRV WaldRV WeibullRV ZipfRV", "random_variable",
         "random_uniform random_normal random_lognormal random_exponential random_gamma "
         "random_beta random_laplace random_logistic random_binomial random_poisson "
         "random_geometric random_integers random_multinomial random_permutation random_choice "
         "random_betabinom random_categorical random_cauchy random_chisquare random_dirichlet "
         "random_f random_gengamma random_gumbel random_halfcauchy random_halfnormal "
         "random_hypergeometric random_invgamma random_multivariate_normal random_nbinom "
         "random_pareto random_power random_rayleigh random_t random_triangular random_truncexpon "
         "random_vonmises random_wald random_weibull random_zipf take take_along_axis"),
    _row("MultinomialFromUniform GPUAMultinomialFromUniform", "multinomial_from_uniform",
         "multinomial_from_uniform"),
    _row("ChoiceFromUniform MultinomialWOReplacementFromUniform GPUAChoiceFromUniform "
         "GPUAMultinomialWOReplacementFromUniform", "choice_from_uniform", "choice_from_uniform"),
    _row("Choose", "choose", "choose subtensor"),
    _row("Bartlett", "bartlett", "bartlett"),
    _row("MatrixInverse Det SLogDet", "linalg", "matrix_inverse det slogdet"),
    _row("Cholesky", "cholesky", "cholesky"),
    _row("Solve", "solve", "solve solve_triangular tri switch invert and_ dimshuffle add"),
    _row("SolveTriangular", "solve_triangular", "solve_triangular"),
    _row("CholeskySolve", "cho_solve", "cho_solve"),
    _row("BlockDiagonal", "block_diagonal", "join alloc cast"),
    _row("Eigh", "eigh", "eigh"),
    _row("EighGrad", "eigh_grad", "eigh_grad"),
    _row("Eigvalsh", "eigvalsh", "eigvalsh"),
    _row("EigvalshGrad", "eigvalsh_grad", "eigvalsh_grad"),
    _row("Eig", "eig", "eig"),
    _row("SVD", "svd", "svd"),
    _row("MatrixPinv", "pinv", "pinv"),
    _row("QRFull QRIncomplete", "numpy_qr", "qr"),
    _row("QR", "scipy_qr", "qr"),
    _row("Expm", "expm", "expm"),
    _row("ExpmGrad", "expm_grad", "expm_grad"),
    _row("lstsq Lstsq", "lstsq", "lstsq cast"),
    _row("TensorSolve", "tensorsolve", "tensorsolve"),
    _row("TensorInv", "tensorinv", "tensorinv"),
    _row("RFFTOp", "rfft", "rfft cast"),
    _row("IRFFTOp", "irfft", "irfft cast"),
    _row("IfElse", "ifelse", "ifelse"),
    _row("Scan", "scan", "scan subtensor join dimshuffle"),
    _row("OpFromGraph LogSumExp KroneckerProduct", "inline"),
    _row("sparse.CSM", "csm", "cast"),
    _row("sparse.CSMProperties", "csm_properties", "stack cast"),
    _row("sparse.CSMGrad sparse.CSMGradC", "csm_grad", "fill mul_s_d dense_from_sparse"),
    _row("sparse.Cast", "sparse_cast", "cast"),
    _row("sparse.Neg", "sparse_neg", "neg"),
    _row("sparse.Transpose", "sparse_transpose", "csr_from_csc csc_from_csr"),
    _row("sparse.DenseFromSparse", "dense_from_sparse", "dense_from_sparse"),
    _row("sparse.SparseFromDense", "sparse_from_dense", "csr_from_dense csc_from_dense"),
    _row("sparse.Remove0 sparse.EnsureSortedIndices",
         "same_pattern", "remove0 ensure_sorted_indices"),
    _row("sparse.SquareDiagonal", "square_diagonal", "square_diagonal"),
    _row("sparse.ConstructSparseFromList", "sparse_from_list", "construct_sparse_from_list"),
    _row("sparse.SpSum", "sp_sum", "sp_sum"),
    _row("sparse.Diag", "sparse_diag", "sparse_diag"),
    _row("sparse.MulSV sparse.SparseDenseVectorMultiply sparse.StructuredAddSV "
         "sparse.ColScaleCSC sparse.RowScaleCSC",
         "with_vector", "mul_s_v structured_add_s_v col_scale row_scale"),
    _row("sparse.MulSD sparse.SparseDenseMultiply", "mul_s_d", "mul_s_d"),
    _row("sparse.AddSD sparse.AddSD_ccode", "add_s_d", "add_s_d"),
    _row("sparse.AddSSData", "add_s_s_data", "add"),
    _row("sparse.AddSS sparse.MulSS sparse.SparseSparseMultiply sparse.EqualSS "
         "sparse.NotEqualSS sparse.LessThanSS sparse.GreaterThanSS sparse.LessEqualSS "
         "sparse.GreaterEqualSS",
         "pair", "add_s_s mul_s_s equal_s_s not_equal_s_s less_than_s_s greater_than_s_s "
         "less_equal_s_s greater_equal_s_s"),
    _row("sparse.EqualSD sparse.NotEqualSD sparse.LessThanSD sparse.GreaterThanSD "
         "sparse.LessEqualSD sparse.GreaterEqualSD",
         "compare_s_d", "equal_s_d not_equal_s_d less_than_s_d greater_than_s_d less_equal_s_d "
         "greater_equal_s_d"),
    _row("sparse.HStack sparse.VStack", "sparse_stack", "sparse_hstack sparse_vstack"),
    _row("sparse.Dot sparse.TrueDot sparse.StructuredDot",
         "sparse_dot", "structured_dot true_dot dimshuffle"),
    _row("sparse.StructuredDotGradCSR sparse.StructuredDotGradCSC",
         "structured_dot_grad", "structured_dot_grad"),
    _row("sparse.SamplingDot", "sampling_dot", "sampling_dot"),
    _row("sparse.Usmm", "usmm", "structured_dot mul add"),
    _row("sparse.GetItem2d", "get_item_2d", "get_item_2d arange subtensor shape_i"),
    _row("sparse.GetItemScalar", "get_item_scalar", "get_item_scalar"),
    _row("sparse.GetItemList", "get_item_list", "get_item_list"),
    _row("sparse.GetItem2Lists", "get_item_2lists", "get_item_2lists"),
    _row("sparse.GetItemListGrad sparse.GetItem2ListsGrad",
         "get_item_grad", "advanced_set_subtensor alloc"),
    _row("sparse.StructuredDotCSR sparse.StructuredDotCSC sparse.MulSDCSR sparse.MulSDCSC "
         "sparse.MulSVCSR sparse.StructuredAddSVCSR sparse.SamplingDotCSR "
         "sparse.UsmmCscDense", "on_parts"),
    _row("typed_list.MakeList", "make_list"),
    _row("typed_list.Append", "list_append"),
    _row("typed_list.Extend", "list_extend"),
    _row("typed_list.Insert", "list_insert"),
    _row("typed_list.Remove", "list_remove"),
    _row("typed_list.Reverse", "list_reverse"),
    _row("typed_list.GetItem", "list_get_item"),
    _row("typed_list.Length", "list_length"),
    _row("typed_list.Index", "list_index", "eq all switch or_ assert"),
    _row("typed_list.Count", "list_count", "eq all cast add"),
)

# What CAReduce with a scalar op is.
REDUCTIONS = {"Add": "sum", "Mul": "prod", "Maximum": "max", "ScalarMaximum": "max",
              "Minimum": "min", "ScalarMinimum": "min", "AND": "all", "OR": "any"}

SCALAR_ROWS: Dict[str, Scalar] = {name: row for row in ELEMENTWISE for name in row.classes}
OP_ROWS: Dict[str, Row] = {name: row for row in OPS for name in row.classes}


def markdown() -> str:
    """tools/python/OPS.md."""
    lines = ["# Ops that tgc.export knows", "",
             "Made from `tgc/_op_table.py` by `python3 tools/python/make_ops_table`, checked by a test. A",
             "class is named as in Theano, then as in Aesara and PyTensor where they differ; the ops "
             "of tgc", "beside it are those that the exporter may write for it (`tgc ops NAME` tells "
             "about one).", "", "## Classes of ops", "", "| class | ops of tgc |", "| --- | --- |"]
    for row in sorted(OPS, key=lambda row: row.classes[0].lower()):
        lines.append("| %s | %s |" % (", ".join(row.classes), ", ".join(row.ops) or
                                      "none of its own"))
    lines += ["", "## Scalar ops, applied by element or in reductions", "", "| class | op of tgc |",
              "| --- | --- |"]
    for scalar in sorted(ELEMENTWISE, key=lambda row: row.classes[0].lower()):
        lines.append("| %s | %s |" % (", ".join(scalar.classes), scalar.op))
    return "\n".join(lines) + "\n"


def tgc_ops() -> Tuple[str, ...]:
    """Every op of tgc that an exported file may hold."""
    names = {row.op for row in ELEMENTWISE} | {name for row in OPS for name in row.ops}
    return tuple(sorted(names | {"cast"}))
