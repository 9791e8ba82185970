/** Functions of the covered headers that have no row, and why. The header test knows of no other exception. */

/**
 * More than eight integer-class arguments, and one past the eighth smaller than 8 bytes: Apple arm64 packs such stack
 * slots, other ABIs do not, so the call would read the wrong arguments there.
 */
const packedStack = "an argument past the eighth is packed on Apple arm64";

/** `float16_t` and `bfloat16_t` exist only where the compiler has them; the library for x86-64 lacks the symbol. */
const arm64Only = "exists on arm64 only: read the bytes and convert";

/** The last reference may go on one of MLX's own threads, where no JavaScript can run. */
const destructor = "takes a destructor that may run on another thread";

const passesStruct = "takes a struct larger than two registers by value";

export const unbound: Readonly<Record<string, string>> = {
  // array.h
  mlx_array_new_data_managed: `${destructor}: copy with mlx_array_new_data`,
  mlx_array_new_data_managed_payload: `${destructor}: copy with mlx_array_new_data`,
  mlx_array_item_float16: arm64Only,
  mlx_array_item_bfloat16: arm64Only,
  mlx_array_data_float16: arm64Only,
  mlx_array_data_bfloat16: arm64Only,
  // ops.h: a convolution over patches is a reshape and a matmul
  mlx_conv2d: packedStack,
  mlx_conv3d: packedStack,
  mlx_conv_general: packedStack,
  mlx_conv_transpose2d: packedStack,
  mlx_conv_transpose3d: packedStack,
  mlx_gather_qmm: packedStack,
  mlx_gather_qqmm: packedStack,
  // closure.h: a JavaScript function carries its own state, so the form without a payload does
  mlx_closure_new_func_payload: destructor,
  mlx_closure_kwargs_new_func_payload: destructor,
  mlx_closure_value_and_grad_new_func_payload: destructor,
  mlx_closure_custom_new_func_payload: destructor,
  mlx_closure_custom_jvp_new_func_payload: destructor,
  mlx_closure_custom_vmap_new_func_payload: destructor,
  // io_types.h
  mlx_io_reader_new: passesStruct,
  mlx_io_writer_new: passesStruct,
  // error.h
  _mlx_error: "takes a variable number of arguments, and only mlx-c itself calls it",
};
