// Package op holds the fused gorgonia operations in which the time of a
// training step goes: the dense layer and the per-row terms of the objective.
//
// Every operation keeps to one contract. The tensors that it returns are
// of its buffers, written anew at each run, so a step makes no garbage; it returns
// pointers to nobody else's memory and overwrites no input. What it writes besides its
// result is for its own backward pass. All of that memory is listed ([Buffer]), so
// that a graph's machine can let buffers share a place at different times. A gradient
// that an operation computes beside its main result is handed out by a node whose
// child is the node that computed it, which carries the order of execution.
// A backward operation has the forward output among its children, or a stock
// operation of gorgonia could overwrite that buffer in place before it is used.
//
// Shapes: B images of a batch, K samples of the latents for each, D pixels,
// L latents; a dense layer has M inputs and N outputs.
package op
