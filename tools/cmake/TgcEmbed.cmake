# SPDX-License-Identifier: Apache-2.0
# Run as a script: writes OUTPUT, a C++ file with the texts of FILES (names relative to ROOT) in one
# function, so that the command carries the headers its generated code includes.
set(text "// Made by tools/cmake/TgcEmbed.cmake: the headers of generated code.\n")
string(APPEND text "#include \"targets/prelude_headers.h\"\n\nnamespace tgc {\n\n")
string(APPEND text "const HeaderTexts& prelude_headers() {\n  static const HeaderTexts texts = {\n")
foreach(file IN LISTS FILES)
  file(READ ${ROOT}/${file} content)
  string(LENGTH "${content}" length)
  string(APPEND text "      {\"${file}\",\n       std::string()")
  # string literals have a limit in the standard; 8 kB pieces stay below it
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${content}" ${at} 8000 piece)
    string(APPEND text "\n           .append(R\"TGC(${piece})TGC\")")
    math(EXPR at "${at} + 8000")
  endwhile()
  string(APPEND text "},\n")
endforeach()
string(APPEND text "  };\n  return texts;\n}\n\n}  // namespace tgc\n")
file(WRITE ${OUTPUT} "${text}")
