namespace MnistGpu.Deformations;

/// <summary>
/// The ranges of a <see cref="Deformation"/>'s affine part as whole numbers, which any device can use.
/// </summary>
/// <param name="Shift">In 1/256 pixel.</param>
/// <param name="Rotation">Radians in Q24.</param>
/// <param name="Scale">A share in Q24.</param>
/// <param name="Shear">Radians in Q24.</param>
/// <param name="Upright">What rotation and shear of the classes 1 and 7 are divided by: 2 for digits, else 1.</param>
internal readonly record struct DeformationRanges(int Shift, int Rotation, int Scale, int Shear, int Upright)
{
    /// <summary>The ranges, rounded to these units.</summary>
    public static DeformationRanges From(Deformation deformation) => new(
        (int)Math.Round(deformation.Shift * 256), Radians(deformation.Rotation),
        (int)Math.Round(deformation.Scale * FixedPoint.One), Radians(deformation.Shear), deformation.AreDigits ? 2 : 1);

    private static int Radians(double degrees) => (int)Math.Round(degrees * Math.PI / 180 * FixedPoint.One);
}
