// SPDX-License-Identifier: Apache-2.0
// The polynomials of the special functions, written by tests/unit/prelude/special_fits.py, which
// says what each stands for. The error is relative, before rounding in the evaluation.
#pragma once
// clang-format off

// erf(x) / x in x^2 <= 1
// Error 2^-54.2.
TGC_SPECIAL double tgc_fit_erf(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p-1,
      0x1.ee51eb23cb7eap-1, -0x1.1fd16292151fdp-2, 0x1.454368017b042p-4,
      -0x1.2b902b7b2f28ep-6, 0x1.c82aa249df460p-9, -0x1.263991b802ee6p-11,
      0x1.486638bc9befep-14, -0x1.429e93e668f24p-17, 0x1.1ad5edf90dd80p-20,
      -0x1.bf8d2c72b9b8cp-24, 0x1.428e938efe043p-27, -0x1.acbabce2865e7p-31,
      0x1.05ffd737fb32ep-34);
}
// Error 2^-25.1.
TGC_SPECIAL float tgc_fit_erf(float x) {
  return tgc_polynomial(x - 0x1.0000000000000p-1f,
      0x1.ee51ec0000000p-1f, -0x1.1fd1640000000p-2f, 0x1.4543680000000p-4f,
      -0x1.2b8df40000000p-6f, 0x1.c828b20000000p-9f, -0x1.2870120000000p-11f,
      0x1.4a56900000000p-14f);
}
// (1 + 2 a) e^(a^2) erfc(a) in (a - 4) / (a + 4)
// Error 2^-54.4.
TGC_SPECIAL double tgc_fit_erfcx(double x) {
  return tgc_polynomial(x - 0x0.0p+0,
      0x1.3ba5916e9fd7fp+0, -0x1.1df1ad154a28ep-3, 0x1.f7f5df66fc17fp-7,
      0x1.16ecefcfa5214p-4, -0x1.9ddb23c3e0c24p-4, 0x1.7fee004e16d41p-4,
      -0x1.0fb06dfee4790p-4, 0x1.3079edf5d9d05p-5, -0x1.0962386da3254p-6,
      0x1.49c672b9685cep-8, -0x1.8d4aaa8fbedbcp-11, -0x1.a1df4a1e543bcp-13,
      0x1.3be12bafabe1fp-13, -0x1.99551e5f87e20p-16, -0x1.78a738afaf645p-17,
      0x1.7f01a118598aep-18, 0x1.400a0021a32f1p-22, -0x1.b9339da7bf70bp-21,
      0x1.31744dd9b56d0p-24, 0x1.cad9b27d6d663p-24, -0x1.1904891a069b4p-26,
      -0x1.af097381d257bp-27, 0x1.afe473b552685p-30, 0x1.0967e527911a9p-30);
}
// Error 2^-24.7.
TGC_SPECIAL float tgc_fit_erfcx(float x) {
  return tgc_polynomial(x - 0x0.0p+0f,
      0x1.3ba5920000000p+0f, -0x1.1df1a80000000p-3f, 0x1.f7f6240000000p-7f,
      0x1.16ebf80000000p-4f, -0x1.9ddc120000000p-4f, 0x1.7ff5fa0000000p-4f,
      -0x1.0fa8fa0000000p-4f, 0x1.30400e0000000p-5f, -0x1.09c9260000000p-6f,
      0x1.4d1b640000000p-8f, -0x1.7791740000000p-11f, -0x1.04b5ba0000000p-12f,
      0x1.e916e20000000p-14f);
}
// erfinv(x) / x in w = -log(1 - x^2) <= 5
// Error 2^-53.3.
TGC_SPECIAL double tgc_fit_erfinv_near(double x) {
  return tgc_polynomial(x - 0x1.4000000000000p+1,
      0x1.805c5cfcedef5p+0, 0x1.f91e8993f0d14p-3, -0x1.11c3c302dfaf0p-8,
      -0x1.4863cdfb61517p-10, 0x1.c9b437ed0080cp-13, -0x1.4f47fe73684ebp-18,
      -0x1.ca9227b0a062dp-19, 0x1.01037e3d97bd8p-21, 0x1.ccff528c03084p-27,
      -0x1.752fdb81693a7p-27, 0x1.f2cd342e3526fp-31, 0x1.0704eb5764939p-33,
      -0x1.11a0e5e08c336p-35, 0x1.008e1e14bcf63p-40, 0x1.2e67836f4afd5p-41,
      -0x1.56c08cc65ee02p-44, -0x1.c9dd7964db247p-49, 0x1.10f9a3abd03bcp-49,
      -0x1.d3896566661f1p-54, -0x1.eb8684d3967aap-56, 0x1.7692a18a39c86p-59,
      0x1.847e944433021p-63);
}
// the same in sqrt(w) <= 4.25
// Error 2^-53.5.
TGC_SPECIAL double tgc_fit_erfinv_mid(double x) {
  return tgc_polynomial(x - 0x1.9f1bbcdcbfa54p+1,
      0x1.89d74f4107f57p+1, 0x1.0153b637bf7dap+0, 0x1.652c796534c71p-8,
      -0x1.f4e2c809be6fbp-9, 0x1.4e5b70c802b21p-9, -0x1.c51c6e3dacbbcp-10,
      0x1.fce4139d6f6f7p-11, -0x1.758fb1488ce01p-12, 0x1.499c5aba2a5acp-16,
      0x1.2c6195035a76fp-14, -0x1.94e31a2dbb072p-15, 0x1.99888581ecf4cp-17,
      0x1.bb10da723ac10p-19, -0x1.1549b96679d7ep-18, 0x1.8d5b9f5bc1bfdp-20,
      0x1.3cb816d5c30d0p-28, -0x1.134a83bc672e7p-22, 0x1.129ccfc2da684p-23,
      -0x1.a10a939c0d9c7p-26, -0x1.6c5faebcc7358p-27, 0x1.820e3198a790cp-27,
      -0x1.83d33f9cef95dp-29, -0x1.181689386e8bap-30, 0x1.17ce913fa7080p-31);
}
// the same times u in u = 1 / sqrt(w) < 1 / 4.25
// Error 2^-50.8.
TGC_SPECIAL double tgc_fit_erfinv_far(double x) {
  return tgc_polynomial(x - 0x1.15833a15833a1p-3,
      0x1.f7225debc1954p-1, -0x1.81cc36f2abb86p-3, -0x1.9c6e8b32ac464p-3,
      0x1.310e3fc54b3a2p+0, -0x1.2f0934ec68779p+1, 0x1.989eb5d34cc89p+2,
      -0x1.85bfaa99f3c7ep+4, 0x1.a290a52ce723ep+6, -0x1.e2dc520c832dbp+8,
      0x1.28fd394f97c37p+11, -0x1.7f7f57f05ecaap+13, 0x1.f378e7b23db79p+15,
      -0x1.57ed71b77cceap+18, 0x1.4f6bc72fd37c6p+21, -0x1.f07f37f90bc02p+23,
      -0x1.89b96ec6274a2p+26, 0x1.440b1b0be0c51p+29, 0x1.f096cf8b09debp+34,
      -0x1.6ea1424d9d46ap+37, -0x1.905177baf8fc2p+41, 0x1.2ce7bc181d8b9p+44,
      0x1.e91b046396882p+47, -0x1.802dae8770b89p+50, -0x1.4ebcc0ff4efbep+53,
      0x1.0f43d50978910p+56, 0x1.ce365bd30483ep+57, -0x1.7d5d06c50945ep+60);
}
// log gamma(y) / ((y - 1) (y - 2)) for 1.5 <= y <= 2.5
// Error 2^-55.8.
TGC_SPECIAL double tgc_fit_lgamma(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p+1,
      0x1.b0ee6072093cep-2, -0x1.9ae6509ea10a0p-4, 0x1.0e0c9df293533p-5,
      -0x1.95ce223a9c32bp-7, 0x1.47974853a9956p-8, -0x1.145121fa341a6p-9,
      0x1.dfebcf8fa468ap-11, -0x1.a96a3f7a7fee8p-12, 0x1.7ed7331ab0456p-13,
      -0x1.5c86deca13f0ap-14, 0x1.402f379a1bea0p-15, -0x1.2849f4abb7918p-16,
      0x1.13ddf755f9d8bp-17, -0x1.02caf69d7c8abp-18, 0x1.e683c8c6154d8p-20,
      -0x1.b8b776dda014ap-21, 0x1.a103a7a312000p-22, -0x1.0f2c0333ca922p-22,
      0x1.02729ae98507fp-23);
}
// Error 2^-25.3.
TGC_SPECIAL float tgc_fit_lgamma(float x) {
  return tgc_polynomial(x - 0x1.0000000000000p+1f,
      0x1.b0ee600000000p-2f, -0x1.9ae64e0000000p-4f, 0x1.0e0c9a0000000p-5f,
      -0x1.95d3e20000000p-7f, 0x1.479c920000000p-8f, -0x1.1309b80000000p-9f,
      0x1.dd915c0000000p-11f, -0x1.de9ec60000000p-12f, 0x1.afc6180000000p-13f);
}
// x times the rest of Stirling's formula in 1 / x^2, x >= 2.5
// Error 2^-53.8.
TGC_SPECIAL double tgc_fit_stirling(double x) {
  return tgc_polynomial(x - 0x1.47ae147ae147bp-4,
      0x1.54715a9657ba5p-4, -0x1.5cc1a95387afcp-9, 0x1.626677f20ac4ap-11,
      -0x1.ab621d4d9afa6p-12, 0x1.b13dd1d5e0165p-12, -0x1.39483787bb84dp-11,
      0x1.25e116dae2f68p-10, -0x1.5081ae095ce5fp-9, 0x1.c53fb7bf6a349p-8,
      -0x1.5a58716714639p-6, 0x1.085ddd6ba0cebp-4, -0x1.d86b631c92f69p-3,
      0x1.b87bd7d41430ep+0, -0x1.f3237681f8b01p+2);
}
// Error 2^-25.1.
TGC_SPECIAL float tgc_fit_stirling(float x) {
  return tgc_polynomial(x - 0x1.47ae140000000p-4f,
      0x1.54715a0000000p-4f, -0x1.5cc18e0000000p-9f, 0x1.63cef80000000p-11f,
      -0x1.af7e920000000p-12f);
}
// psi(x) / (x - its root), 1 <= x <= 2
// Error 2^-53.6.
TGC_SPECIAL double tgc_fit_psi(double x) {
  return tgc_polynomial(x - 0x1.8000000000000p+0,
      0x1.e6f0cbb873617p-1, -0x1.b1cb63005ee97p-2, 0x1.eca189b8e6da1p-3,
      -0x1.2feeeb98a7cd8p-3, 0x1.8512e5905d180p-4, -0x1.fb442029cdbf4p-5,
      0x1.4de9aa05d3418p-5, -0x1.b9f8b1367959dp-6, 0x1.256475e5ac975p-6,
      -0x1.86355f6f68797p-7, 0x1.03c00801ba958p-7, -0x1.5a071c746535bp-8,
      0x1.cd3e42d157015p-9, -0x1.33661f9073563p-9, 0x1.980fc9c9f0be8p-10,
      -0x1.1002aaf6255f5p-10, 0x1.7b3b41b0b38cdp-11, -0x1.f99f529bd0771p-12,
      0x1.dc8ae08af0fc4p-13, -0x1.3db05b36d9a48p-13, 0x1.104c9d0897b58p-12,
      -0x1.6b107f71aa124p-13);
}
// (log x - 1 / (2 x) - psi(x)) x^2 in 1 / x^2, x >= 2
// Error 2^-51.6.
TGC_SPECIAL double tgc_fit_psi_tail(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p-3,
      0x1.514b05a63f6d8p-4, -0x1.eb2333082c29ep-8, 0x1.7823220c9d0b7p-9,
      -0x1.131acd1c7f63dp-9, 0x1.2b61ac8a4c761p-9, -0x1.ac76fcded1011p-9,
      0x1.770632cdee280p-8, -0x1.7f3047667e356p-7, 0x1.bb3386e55558cp-6,
      -0x1.1b23f480adaebp-4, 0x1.7d0677ee01417p-3, -0x1.17812f8d1c555p-1,
      0x1.2b804a6bdd549p+1, -0x1.0bbf6a34299f4p+3, -0x1.2c4937e95149ep+3,
      0x1.c5fc5aa89d91bp+5, 0x1.1051675b18a26p+10, -0x1.1eff058434261p+12);
}
// psi'(x), 1 <= x <= 2
// Error 2^-53.3.
TGC_SPECIAL double tgc_fit_trigamma(double x) {
  return tgc_polynomial(x - 0x1.8000000000000p+0,
      0x1.de9e64df22ef3p-1, -0x1.a85808a40aba2p-1, 0x1.68ba30a4209cbp-1,
      -0x1.287825428e791p-1, 0x1.da2d963cf4feep-2, -0x1.72d7487c2cf20p-2,
      0x1.1cc1377e636e6p-2, -0x1.aeb6f1592c25dp-3, 0x1.41a51b16abc2ep-3,
      -0x1.db4d84215ae01p-4, 0x1.5c0862937a6ffp-4, -0x1.f9c71f9e0d580p-5,
      0x1.6d12a5fda3eb8p-5, -0x1.060554361de44p-5, 0x1.769109d1fab74p-6,
      -0x1.0a5285c481f9cp-6, 0x1.752eed64fef75p-7, -0x1.07771574034f4p-7,
      0x1.94f0cc5cabf1ap-8, -0x1.1bdea78a85d21p-8, 0x1.b07724a9f5f52p-10,
      -0x1.2fede2fdd43b7p-10, 0x1.7e086a8510d6cp-9, -0x1.091a3d5ef22acp-9);
}
// (psi'(x) - 1 / x - 1 / (2 x^2)) x^3 in 1 / x^2, x >= 2
// Error 2^-51.6.
TGC_SPECIAL double tgc_fit_trigamma_tail(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p-3,
      0x1.4d74bf402f152p-3, -0x1.d3a100e75f447p-6, 0x1.004fd64ee9c24p-6,
      -0x1.db5d2f699f80dp-7, 0x1.33477ef6ac9f0p-6, -0x1.f60f849ccb0c4p-6,
      0x1.e8a7bfc880d56p-5, -0x1.1087a266f05c2p-3, 0x1.52ee52a116401p-2,
      -0x1.cd1f908640e2cp-1, 0x1.56ed2b6b78293p+1, -0x1.0de26ab9de6c0p+3,
      0x1.695e0cb592c4ep+4, -0x1.20fb0d1e6ac04p+6, 0x1.6dccc2efaae3ap+9,
      -0x1.866833b5b8751p+11, -0x1.9deb95ca20cdfp+13, 0x1.01059b7475027p+16,
      0x1.db6a02d067ce1p+18, -0x1.10669057b3371p+21);
}
// (I0(x) - 1) / y in y = x^2 / 4 <= 16
// Error 2^-51.2.
TGC_SPECIAL double tgc_fit_i0_small(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p+3,
      0x1.81ab1e79fc6a7p+2, 0x1.37f093eadbe8dp+0, 0x1.be052eea5fba2p-4,
      0x1.758de9ffac719p-8, 0x1.9f214f2f32c70p-13, 0x1.495fde663f45ap-18,
      0x1.8822fb8e2bb98p-24, 0x1.6b31832066006p-30, 0x1.0d163e94190fap-36,
      0x1.461c883707944p-43, 0x1.4927d2b0fef80p-50, 0x1.18e7ef96a7cbap-57,
      0x1.9a9d8f1b2a360p-65, 0x1.03dbba8eef3dap-72, 0x1.1f85084e1a5e2p-80,
      0x1.186eb2ff27f1bp-88, 0x1.e5cc25ca839b8p-97, 0x1.7822df1d6270bp-105,
      0x1.06544bea057a8p-113, 0x1.4a17d14bbe6cfp-122);
}
// I0(x) e^-x sqrt(x) in 1 / x <= 1 / 8
// Error 2^-53.1.
TGC_SPECIAL double tgc_fit_i0_large(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p-4,
      0x1.9bd428ad249a5p-2, 0x1.b87969bb93a48p-5, 0x1.1daa72b5e2366p-5,
      0x1.75e5ee7822f78p-5, 0x1.8e513accc76a3p-4, 0x1.3f49933733f90p-2,
      0x1.7d0e5f25bc841p+0, 0x1.51d5f84cd03f6p+3, 0x1.7257db9ed6674p+6,
      0x1.02cf9254e7670p+9, -0x1.d3b411548af05p+12, -0x1.c9aa2ffce2ca1p+17,
      -0x1.62c3f99ada19fp+20, 0x1.f7410b7f70fd0p+24, 0x1.d29741886cb2dp+28,
      -0x1.ac9afa081a33ep+31, -0x1.4d2b550bd6e76p+36, 0x1.2c4a86bc0bfefp+38,
      0x1.499ae7b4d59c2p+43, -0x1.2e287745e1a2ep+44, -0x1.9ae1031554e04p+49,
      0x1.36172c123f453p+49, 0x1.de985e80c26e1p+54);
}
// (2 I1(x) / x - 1) / y in y = x^2 / 4 <= 16
// Error 2^-52.3.
TGC_SPECIAL double tgc_fit_i1_small(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p+3,
      0x1.d8c62327da1e1p+0, 0x1.2a9019cc1eb6ep-2, 0x1.60120247137ebp-6,
      0x1.f510ee119692ap-11, 0x1.e31aa9a572af8p-16, 0x1.51eecc7a51aeep-21,
      0x1.6749cfccfddbfp-27, 0x1.2c53d92f5a330p-33, 0x1.9532ecb208701p-40,
      0x1.c27da0894f494p-47, 0x1.a3d0fc101b64ap-54, 0x1.4ca4e07266edbp-61,
      0x1.c5a9899e04b92p-69, 0x1.0d0434fe1900ap-76, 0x1.17f82020e6678p-84,
      0x1.01b88e39a5673p-92, 0x1.a6a6cb4808d3bp-101, 0x1.36a71e069dc93p-109,
      0x1.9c505515b2a02p-118, 0x1.eee3a09602692p-127);
}
// I1(x) e^-x sqrt(x) in 1 / x <= 1 / 8
// Error 2^-54.0.
TGC_SPECIAL double tgc_fit_i1_large(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p-4,
      0x1.8ebe783a84030p-2, -0x1.3f796198ee5e3p-3, -0x1.cbc54df1e8a30p-5,
      -0x1.f89c230c1c6c7p-5, -0x1.ec8e10cda9622p-4, -0x1.76136c8d9dbb3p-2,
      -0x1.ad8c9576be72ap+0, -0x1.7280f7124367dp+3, -0x1.91b62a0449ae7p+6,
      -0x1.20dfa102cdc55p+9, 0x1.d2f43270388f8p+12, 0x1.df68969b0012bp+17,
      0x1.89426861550d7p+20, -0x1.fec28b5e30e16p+24, -0x1.f053fd33757dcp+28,
      0x1.a62d3a5241febp+31, 0x1.5e0ee1eae723fp+36, -0x1.1ff732137576bp+38,
      -0x1.5873a50ddf275p+43, 0x1.1be99bbf474cep+44, 0x1.ac4bf6a87bc29p+49,
      -0x1.1f6f8a3689d3bp+49, -0x1.f23ff1f27dca9p+54);
}
// J0(x) / ((x^2 - r1) (x^2 - r2)) in x^2 <= 25
// Error 2^-54.1.
TGC_SPECIAL double tgc_fit_j0_small(double x) {
  return tgc_polynomial(x - 0x1.9000000000000p+3,
      0x1.a1c5e862f307cp-9, -0x1.424e0f6ce465ep-13, 0x1.a2ea905336921p-19,
      -0x1.393745cda6e68p-25, 0x1.34b83fa1ebf01p-32, -0x1.b2142b8a28dddp-40,
      0x1.cac0f49968246p-48, -0x1.7a66ade61af7ep-56, 0x1.f54ff849bcb0cp-65,
      -0x1.10bb432305aa6p-73, 0x1.f05fdc839a3dfp-83, -0x1.7f7f7f318286ep-92,
      0x1.fd80c731737f8p-102, -0x1.26501c992e4ecp-111, 0x1.2a1c3fb81445ap-121);
}
// Hankel's P of J0 in 25 / x^2
// Error 2^-54.6.
TGC_SPECIAL double tgc_fit_j0_cosine(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p-1,
      0x1.ff4d0e58750e7p-1, -0x1.5bfe8e4499177p-9, 0x1.24e857dff6934p-13,
      -0x1.4a2bb23b27aadp-16, 0x1.3f88f18a3c35cp-18, -0x1.b4ebbe5d3f37cp-20,
      0x1.7bf612ee692d9p-21, -0x1.8a8f05c3b9374p-22, 0x1.d6a95e101f7e4p-23,
      -0x1.38a2b6c8aac82p-23, 0x1.acab820a0be99p-24, -0x1.455e2cbcaacf6p-24,
      0x1.b020c47c66866p-24, -0x1.a2813179a6cb8p-24, -0x1.f823831a239b1p-25,
      0x1.5361597b38fb9p-24, 0x1.f6f3ee17140dbp-23, -0x1.191f94ec7a106p-22);
}
// x times Hankel's Q of J0 in 25 / x^2
// Error 2^-52.0.
TGC_SPECIAL double tgc_fit_j0_sine(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p-1,
      -0x1.fa53af1a412d6p-4, 0x1.5883682266e75p-9, -0x1.09dd705609194p-12,
      0x1.a2b325eadbb80p-15, -0x1.f9305505bb0acp-17, 0x1.953c869084ed6p-18,
      -0x1.8e8fd7c7a7561p-19, 0x1.c8e46e1b4d865p-20, -0x1.26c8fea1acec8p-20,
      0x1.a2cc43f029080p-21, -0x1.4bad2579085dfp-21, 0x1.146387514f715p-21,
      -0x1.34f6943eec0e8p-22, 0x1.cca2862e1a889p-23, -0x1.25839624730b7p-20,
      0x1.542c87b6859adp-20, 0x1.c88535f9a7e59p-20, -0x1.25169ca2221e0p-19,
      -0x1.b0f777b948493p-19, 0x1.06d1d1087575ep-18);
}
// J1(x) / (x (x^2 - r1) (x^2 - r2)) in x^2 <= 25
// Error 2^-55.1.
TGC_SPECIAL double tgc_fit_j1_small(double x) {
  return tgc_polynomial(x - 0x1.9000000000000p+3,
      0x1.c55f67750a6b9p-12, -0x1.18f41d3355ed4p-16, 0x1.2fde56b641ecfp-22,
      -0x1.841e50af1e907p-29, 0x1.4d56413236e7cp-36, -0x1.9eda23f9902fap-44,
      0x1.88fd35f33ee65p-52, -0x1.2591e6073b387p-60, 0x1.6345380f6fb96p-69,
      -0x1.63ae594ec7cb1p-78, 0x1.2bac0a43e7308p-87, -0x1.af063322d466ap-97,
      0x1.0bc4cf8238087p-106, -0x1.227bc1e3f4e2ep-116, 0x1.15507b655c348p-126);
}
// Hankel's P of J1 in 25 / x^2
// Error 2^-53.1.
TGC_SPECIAL double tgc_fit_j1_cosine(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p-1,
      0x1.00961eaac1aa9p+0, 0x1.25cb0665de3bep-8, -0x1.800dd410d36e6p-13,
      0x1.8fc8a4581c581p-16, -0x1.743c73143e7ccp-18, 0x1.f180083e9c182p-20,
      -0x1.aa278e04a0674p-21, 0x1.b5c5f9e7c6202p-22, -0x1.02f6fd547cd27p-22,
      0x1.55d31ff1624fep-23, -0x1.d2fc86839f900p-24, 0x1.611e4c68a422cp-24,
      -0x1.cf85d490f0980p-24, 0x1.bf3fa1e950b98p-24, 0x1.07d26298dad29p-24,
      -0x1.642c411ee6224p-24, -0x1.0b05ced4cb3acp-22, 0x1.29fdd8202e299p-22);
}
// x times Hankel's Q of J1 in 25 / x^2
// Error 2^-53.1.
TGC_SPECIAL double tgc_fit_j1_sine(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p-1,
      0x1.7e0025755b90ep-2, -0x1.e8dbf08d129ddp-9, 0x1.4b4523f72447ep-12,
      -0x1.ee9665e85a786p-15, 0x1.21e12777e65c1p-16, -0x1.c8b31bf50ceb9p-18,
      0x1.bb9acab8bdadfp-19, -0x1.f7e2cb6b8769fp-20, 0x1.42d55149a0e40p-20,
      -0x1.c81582a54facep-21, 0x1.6740727ba3dd4p-21, -0x1.2a2250d06f5fbp-21,
      0x1.4ff11a55995c1p-22, -0x1.f62e68cd6f25fp-23, 0x1.36ffd92c810f8p-20,
      -0x1.67a4eda996ef2p-20, -0x1.e018baa92106bp-20, 0x1.340f28f5b038dp-19,
      0x1.c92c19339103bp-19, -0x1.15295cb3f28f3p-18);
}
// (1 / gamma(1 - m) - 1 / gamma(1 + m)) / (2 m) in m^2 <= 1 / 4
// Error 2^-55.5.
TGC_SPECIAL double tgc_fit_temme_odd(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p-3,
      -0x1.24840f821a78ap-1, 0x1.abbf9a40fd520p-5, 0x1.43acfd5c7ad77p-5,
      -0x1.d1d82736e8777p-8, 0x1.dd3a593c78accp-13, 0x1.4384bdbd80a12p-16,
      -0x1.31715f0be505dp-20, -0x1.5372974938f0fp-28, 0x1.42325eabf5d31p-30);
}
// (1 / gamma(1 - m) + 1 / gamma(1 + m)) / 2 in m^2 <= 1 / 4
// Error 2^-55.5.
TGC_SPECIAL double tgc_fit_temme_even(double x) {
  return tgc_polynomial(x - 0x1.0000000000000p-3,
      0x1.d758aa2d4e4adp-1, -0x1.3aba6747d63a5p-1, 0x1.4d767a33dd8adp-3,
      -0x1.4dba99cd51398p-7, -0x1.1c8adc8aa9306p-10, 0x1.0a6f0709e962ap-13,
      -0x1.7f6260fba6eb7p-20, -0x1.aeb8ccfde9a87p-23, 0x1.5f9d2c01100f6p-28);
}
// clang-format on
