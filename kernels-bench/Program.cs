Console.WriteLine("mnistgpu");
