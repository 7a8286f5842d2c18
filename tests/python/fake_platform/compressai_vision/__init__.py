"""A fake of CompressAI-Vision with the parts that a codec meets, written from its contract: the registry, the composing
of YAML files, split inference of videos and images, and the tables that come out. The networks are files of tensors."""
