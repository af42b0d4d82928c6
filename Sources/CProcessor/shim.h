// Whether this build may use fused multiply-adds (-march=native, where the processor has them). Without them
// each would become a call of a function.
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define FUSED_MULTIPLY_ADD 1
#else
#define FUSED_MULTIPLY_ADD 0
#endif
