//go:build !unix

package atomicfile

// noFollow is nothing, where making a link takes a right that others do not have.
const noFollow = 0
