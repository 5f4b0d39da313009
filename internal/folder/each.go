package folder

import "context"

// Each calls f for all images of the tree, in their order, wherever Next has come to. The tree takes no account of it.
func (t *Tree) Each(ctx context.Context, f func(Image)) error {
	first, err := t.walker.list("", "")
	if err != nil {
		return err
	}
	w := newWalker(t.walker.lister, first)
	for ctx.Err() == nil {
		rel, err, ok := w.next()
		if !ok {
			return nil
		}
		if image, ok := t.image(rel, err); ok {
			f(image)
		}
	}
	return ctx.Err()
}
