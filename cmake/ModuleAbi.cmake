# Writes the .cc that tells which build a program or a module is of: a hash of all headers that their tables can show, of the
# compiler and of the version. Run with -DSOURCE_DIR, -DOUTPUT, -DSALT and -DFOLDERS (separated by commas).
string(REPLACE "," ";" FOLDERS "${FOLDERS}")
set(all "${SALT}")
foreach(folder ${FOLDERS})
  file(GLOB_RECURSE headers RELATIVE ${SOURCE_DIR} ${SOURCE_DIR}/${folder}/*.h)
  list(SORT headers)
  foreach(header ${headers})
    file(SHA256 ${SOURCE_DIR}/${header} hash)
    string(APPEND all "\n${header} ${hash}")
  endforeach()
endforeach()
string(SHA256 hash "${all}")
string(SUBSTRING ${hash} 0 16 hash)
file(WRITE ${OUTPUT}
  "#include \"core/module_loader.h\"\n\nnamespace fsc {\n\nuint64_t ModuleAbi() {\n  return 0x${hash};\n}\n\n}  // namespace fsc\n")
