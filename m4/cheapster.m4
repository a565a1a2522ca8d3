dnl SPDX-License-Identifier: ISC
dnl CHEAPSTER_TRY_CFLAG(FLAG, VARIABLE): appends the flag if the compiler knows it.
AC_DEFUN([CHEAPSTER_TRY_CFLAG], [
  cheapster_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS $1 -Werror"
  AC_MSG_CHECKING([whether $CC accepts $1])
  AC_COMPILE_IFELSE([AC_LANG_SOURCE([int main(void) { return 0; }])],
    [AC_MSG_RESULT([yes])
     $2="$$2 $1"],
    [AC_MSG_RESULT([no])])
  CFLAGS=$cheapster_save_CFLAGS
])

dnl CHEAPSTER_TRY_LINK(FLAG): the same for a flag that the linker must accept too.
AC_DEFUN([CHEAPSTER_TRY_LINK], [
  cheapster_save_CFLAGS=$CFLAGS
  cheapster_save_LDFLAGS=$LDFLAGS
  CFLAGS="$CFLAGS $1 -Werror"
  LDFLAGS="$LDFLAGS $2"
  AC_MSG_CHECKING([whether $CC links with $1 $2])
  AC_LINK_IFELSE([AC_LANG_SOURCE([[
    #include <stdio.h>
    int main(int argc, char **argv) { puts(argv[argc - 1]); return 0; }]])],
    [AC_MSG_RESULT([yes])
     CHEAPSTER_CFLAGS="$CHEAPSTER_CFLAGS $1"
     CHEAPSTER_LDFLAGS="$CHEAPSTER_LDFLAGS $2"],
    [AC_MSG_RESULT([no])])
  CFLAGS=$cheapster_save_CFLAGS
  LDFLAGS=$cheapster_save_LDFLAGS
])

AC_DEFUN([CHEAPSTER_WARNINGS], [
  m4_foreach_w([flag], [-Wall -Wextra -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef -Wvla
    -Wformat=2 -Wimplicit-fallthrough -Wno-missing-field-initializers],
    [CHEAPSTER_TRY_CFLAG(flag, [CHEAPSTER_CFLAGS])])
  CONVERSION_CFLAGS=
  CHEAPSTER_TRY_CFLAG([-Wconversion], [CONVERSION_CFLAGS])
])

AC_DEFUN([CHEAPSTER_SANITIZE], [
  AS_CASE([$enable_sanitize],
    ['' | no], [],
    [yes], [enable_sanitize=address,undefined])
  AS_IF([test "x$enable_fuzz" = xyes && test -z "$enable_sanitize"],
    [enable_sanitize=address,undefined])
  AS_IF([test -n "$enable_sanitize" && test "x$enable_sanitize" != xno], [
    cheapster_sanitize="-fsanitize=$enable_sanitize -fno-omit-frame-pointer"
    AS_IF([test "x$enable_fuzz" = xyes],
      [cheapster_sanitize="$cheapster_sanitize -fsanitize=fuzzer-no-link"])
    CHEAPSTER_CFLAGS="$CHEAPSTER_CFLAGS $cheapster_sanitize -fno-sanitize-recover=all"
    CHEAPSTER_LDFLAGS="$CHEAPSTER_LDFLAGS $cheapster_sanitize"
    enable_hardening=no
  ])
])

AC_DEFUN([CHEAPSTER_HARDENING], [
  CHEAPSTER_TRY_LINK([-fstack-protector-strong], [])
  CHEAPSTER_TRY_LINK([-fstack-clash-protection], [])
  CHEAPSTER_TRY_LINK([-fcf-protection=full], [])
  CHEAPSTER_TRY_LINK([-fPIE], [-pie])
  CHEAPSTER_TRY_LINK([], [-Wl,-z,relro])
  CHEAPSTER_TRY_LINK([], [-Wl,-z,now])
  dnl Fortify needs optimisation, and the user's own choice wins.
  AS_CASE([" $CFLAGS $CPPFLAGS "],
    [*_FORTIFY_SOURCE* | *" -O0 "*], [],
    [*" -O"*], [CHEAPSTER_TRY_LINK([-D_FORTIFY_SOURCE=2], [])])
])
