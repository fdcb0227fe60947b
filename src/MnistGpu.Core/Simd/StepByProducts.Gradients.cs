using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd;

/// <content>dWl and dbl, a block at a time, and their update.</content>
internal sealed unsafe partial class StepByProducts<V, O>
{
    // Pieces of a tile that Transpose takes.
    private int TransposeItems(int layer) =>
        layer > 0 ? activations.Panels(layer) : layout.Blocks is null ? layout.Parts : 0;

    // A(l−1)ᵀ of one tile and 64 units: [64 images × 64 units], the operand of dWl whose rows are images. For the
    // first layer dZ1ᵀ, where its kernels take that.
    private void Transpose(int layer, int part, int tile)
    {
        if (layer == 0)
        {
            FirstLayer<V, O>.Transpose(layout, part, activations.Delta(0, tile), activations.DeltaTransposed(tile));
            return;
        }

        var from = activations.Tile(layer - 1, tile) + part * Lanes * Lanes;
        var to = activations.Transposed(layer, part, tile);
        var units = Math.Min(Lanes, layout.Columns(layer) - part * Lanes);
        Transposition.Apply(from, Lanes, units, Lanes, to, Lanes);
    }

    private int GradientItems(int layer) => layer == 0
        ? layout.Parts * Ranges + 1
        : RowItems(layout.Shape.Out(layer)) * activations.Panels(layer);

    private void Gradient(int item, WorkerScratch scratch)
    {
        var i = 0;
        while (item >= gradientStarts[i + 1])
        {
            i++;
        }

        if (i < layers - 1)
        {
            Gradient(layers - 1 - i, item - gradientStarts[i], scratch);
        }
        else
        {
            GradientFirst(item - gradientStarts[i], scratch);
        }
    }

    // dWl = dZl·A(l−1)ᵀ for some rows and 64 columns, and their update.
    private void Gradient(int layer, int item, WorkerScratch scratch)
    {
        var panels = activations.Panels(layer);
        var (part, panel) = (item / panels, item % panels);
        var rowLength = layout.RowLength(layer);
        var end = Math.Min(layout.Shape.Out(layer), (part + 1) * RowsPerItem);
        var columns = Math.Min(Lanes, layout.Columns(layer) - panel * Lanes);
        var at = layout.W(layer) + panel * Lanes;
        // In the first round, whole panels that no update uses up here go straight to where later rounds and the
        // update's pass find them.
        var straight = firstTile == 0 && update is null && columns == Lanes;
        // Tile by tile: its 64 images of A(l−1)ᵀ stay in the first-level cache while the item's rows of dZl meet
        // them.
        for (var tile = 0; tile < tileCount; tile++)
        {
            for (var r = part * RowsPerItem; r < end; r += RegisterTile<V, O>.Rows)
            {
                if (tile == 0 && UsesUp)
                {
                    // The update will read and write these rows once the products are done.
                    Prefetch.Rows(parameters + at + (long)r * rowLength, rowLength, RegisterTile<V, O>.Rows, Lanes);
                }

                var sum = straight ? Sums + at + (long)r * rowLength : scratch.Sums + (r - part * RowsPerItem) * Lanes;
                for (var c = 0; c < columns; c += RegisterTile<V, O>.Columns)
                {
                    RegisterTile<V, O>.Multiply(Lanes, activations.Delta(layer, tile) + r * Lanes, Lanes, 1,
                        activations.Transposed(layer, panel, tile) + c, Lanes, sum + c, straight ? rowLength : Lanes,
                        add: tile > 0);
                }
            }
        }

        for (var r = part * RowsPerItem; !straight && r < end; r++)
        {
            Finish(at + (long)r * rowLength, scratch.Sums + (r - part * RowsPerItem) * Lanes, columns);
        }

        if (panel == 0)
        {
            BiasGradient(layer, part * RowsPerItem, end, scratch);
        }
    }

    // Ranges of places that dW1 of a part is cut into.
    private int PlacesPerItem => ItemLength / layout.PlaceLength(0);

    private int Ranges => (layout.Order.Count + PlacesPerItem - 1) / PlacesPerItem;

    private void GradientFirst(int item, WorkerScratch scratch)
    {
        if (item == layout.Parts * Ranges)
        {
            BiasGradient(0, 0, layout.Shape.Out(0), scratch);
            return;
        }

        var (part, range) = (item / Ranges, item % Ranges);
        var length = layout.PlaceLength(part);
        var from = PlacesPerItem * range;
        var to = Math.Min(layout.Order.Count, from + PlacesPerItem);
        var start = layout.PartStart(part);
        var dW = UsesUp ? scratch.Sums - from * length : Sums + start;
        if (firstTile == 0)
        {
            new Span<float>(dW + from * length, (to - from) * length).Clear();
        }

        for (var tile = 0; tile < tileCount; tile++)
        {
            FirstLayer<V, O>.Gradient(layout, tiles[tile]!, part, activations.Delta(0, tile),
                activations.DeltaTransposed(tile), dW, scratch.Blocks, from, to);
        }

        if (update is { } parts)
        {
            parts.Apply<V, O>(parameters + start + from * length, dW + from * length,
                (to - from) * length, isFirst: true);
        }
    }

    private void BiasGradient(int layer, int from, int to, WorkerScratch scratch)
    {
        // Rows are summed by whole vectors: the items' ranges are multiples of 16, so none writes into another's.
        var db = Sums + layout.b(layer) + from;
        var length = (to - from + 15) / 16 * 16;
        if (firstTile == 0)
        {
            new Span<float>(db, length).Clear();
        }

        for (var tile = 0; tile < tileCount; tile++)
        {
            TileProducts<V, O>.RowSums(activations.Delta(layer, tile) + from * Lanes, to - from, db, scratch.Floats);
        }

        if (update is { } parts)
        {
            parts.Apply<V, O>(parameters + layout.b(layer) + from, db, length, isFirst: false);
        }
    }

    // Adds a stretch of a row of dWl to the earlier rounds' and updates its weights.
    private void Finish(long at, float* row, int columns)
    {
        if (UsesUp)
        {
            update!.Value.Apply<V, O>(parameters + at, row, columns, isFirst: false);
            return;
        }

        var to = Sums + at;
        for (var c = 0; c < columns; c += O.Count)
        {
            O.Store(to + c, firstTile == 0 ? O.Load(row + c) : O.Add(O.Load(to + c), O.Load(row + c)));
        }

        if (update is { } parts)
        {
            parts.Apply<V, O>(parameters + at, to, columns, isFirst: false);
        }
    }
}
