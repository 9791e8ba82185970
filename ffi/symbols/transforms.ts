/** mlx/c/transforms.h */
import type { FFIFunction } from "bun:ffi";
import { closure, ints, nullableClosure, out, size, status, vector } from "../types.ts";

export const transformsSymbols = {
  mlx_async_eval: { args: [vector], returns: status }, // int mlx_async_eval(const mlx_vector_array outputs)
  mlx_checkpoint: { args: [out, closure], returns: status }, // int mlx_checkpoint(mlx_closure* res, const mlx_closure fun)
  mlx_custom_function: { args: [out, closure, nullableClosure, nullableClosure, nullableClosure], returns: status }, // int mlx_custom_function(mlx_closure* res, const mlx_closure fun, const mlx_closure_custom fun_vjp /* may be null */, const mlx_closure_custom_jvp fun_jvp /* may be null */, const mlx_closure_custom_vmap fun_vmap /* may be null */)
  mlx_custom_vjp: { args: [out, closure, closure], returns: status }, // int mlx_custom_vjp(mlx_closure* res, const mlx_closure fun, const mlx_closure_custom fun_vjp)
  mlx_eval: { args: [vector], returns: status }, // int mlx_eval(const mlx_vector_array outputs)
  mlx_jvp: { args: [out, out, closure, vector, vector], returns: status }, // int mlx_jvp(mlx_vector_array* res_0, mlx_vector_array* res_1, const mlx_closure fun, const mlx_vector_array primals, const mlx_vector_array tangents)
  mlx_value_and_grad: { args: [out, closure, ints, size], returns: status }, // int mlx_value_and_grad(mlx_closure_value_and_grad* res, const mlx_closure fun, const int* argnums, size_t argnums_num)
  mlx_vjp: { args: [out, out, closure, vector, vector], returns: status }, // int mlx_vjp(mlx_vector_array* res_0, mlx_vector_array* res_1, const mlx_closure fun, const mlx_vector_array primals, const mlx_vector_array cotangents)
} as const satisfies Record<string, FFIFunction>;
