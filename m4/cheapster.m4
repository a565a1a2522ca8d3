dnl SPDX-License-Identifier: ISC
dnl Compiler flags are probed, never assumed.  They go to variables of ours:
dnl CFLAGS and LDFLAGS belong to whoever builds.

dnl CHEAPSTER_CFLAG(FLAG, VARIABLE): appends FLAG if the compiler knows it.
AC_DEFUN([CHEAPSTER_CFLAG], [
  AC_MSG_CHECKING([whether $CC accepts $1])
  cheapster_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS $1 -Werror"
  AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])],
    [AC_MSG_RESULT([yes])
     $2="$$2 $1"],
    [AC_MSG_RESULT([no])])
  CFLAGS=$cheapster_CFLAGS
])

dnl CHEAPSTER_LINK(CFLAGS, LDFLAGS, [ELSE]): appends both to CHEAPSTER_CFLAGS
dnl and CHEAPSTER_LDFLAGS if a program that uses libc links with them.
AC_DEFUN([CHEAPSTER_LINK], [
  AC_MSG_CHECKING([whether $CC links with m4_normalize([$1 $2])])
  cheapster_CFLAGS=$CFLAGS
  cheapster_LDFLAGS=$LDFLAGS
  CFLAGS="$CFLAGS $1 -Werror"
  LDFLAGS="$LDFLAGS $2"
  AC_LINK_IFELSE([AC_LANG_SOURCE([[
    #include <stdio.h>
    int main(int argc, char **argv) { puts(argv[argc - 1]); return 0; }]])],
    [AC_MSG_RESULT([yes])
     CHEAPSTER_CFLAGS="$CHEAPSTER_CFLAGS $1"
     CHEAPSTER_LDFLAGS="$CHEAPSTER_LDFLAGS $2"
     CFLAGS=$cheapster_CFLAGS LDFLAGS=$cheapster_LDFLAGS],
    [AC_MSG_RESULT([no])
     CFLAGS=$cheapster_CFLAGS LDFLAGS=$cheapster_LDFLAGS
     $3])
])

dnl An error message that is too long is cut, on purpose: format-truncation.
AC_DEFUN([CHEAPSTER_WARNINGS], [
  m4_foreach_w([cheapster_flag], [-Wall -Wextra -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef -Wvla
    -Wformat=2 -Wimplicit-fallthrough -Wno-missing-field-initializers
    -Wno-format-truncation],
    [CHEAPSTER_CFLAG(cheapster_flag, [CHEAPSTER_CFLAGS])])
  dnl For common/ alone: see libcommon_a_CFLAGS.
  CHEAPSTER_CFLAG([-Wconversion], [CONVERSION_CFLAGS])
  AC_SUBST([CONVERSION_CFLAGS])
])

dnl --enable-sanitize=LIST, --enable-fuzz.  Sets SANITIZE to the list.
AC_DEFUN([CHEAPSTER_SANITIZE], [
  AC_ARG_ENABLE([sanitize],
    [AS_HELP_STRING([--enable-sanitize=LIST],
      [sanitizers @<:@address,undefined@:>@])])
  AC_ARG_ENABLE([fuzz],
    [AS_HELP_STRING([--enable-fuzz], [fuzz targets with libFuzzer (clang)])])
  AS_CASE([$enable_sanitize], [yes], [enable_sanitize=address,undefined])
  AS_CASE([$enable_fuzz:$enable_sanitize],
    [yes:], [enable_sanitize=address,undefined])
  AS_CASE([$enable_sanitize],
    ['' | no], [SANITIZE=],
    [SANITIZE=$enable_sanitize
     CHEAPSTER_LINK([-fsanitize=$SANITIZE -fno-omit-frame-pointer],
       [-fsanitize=$SANITIZE],
       [AC_MSG_ERROR([$CC has no -fsanitize=$SANITIZE])])
     CHEAPSTER_CFLAG([-fno-sanitize-recover=all], [CHEAPSTER_CFLAGS])])
  AC_SUBST([SANITIZE])
  AS_IF([test "x$enable_fuzz" = xyes],
    [CHEAPSTER_LINK([-fsanitize=fuzzer-no-link], [],
       [AC_MSG_ERROR([--enable-fuzz needs clang and its libFuzzer])])])
  AC_SUBST([FUZZ_ENGINE], [-fsanitize=fuzzer])
  AM_CONDITIONAL([FUZZING], [test "x$enable_fuzz" = xyes])
])

dnl Nothing of this goes with sanitizers, which bring their own.  Fortify
dnl warns without -O, so that its probe fails there.
AC_DEFUN([CHEAPSTER_HARDENING], [
  AC_ARG_ENABLE([hardening],
    [AS_HELP_STRING([--disable-hardening], [no hardening flags])])
  AS_IF([test -n "$SANITIZE"], [enable_hardening=no])
  AS_IF([test "x$enable_hardening" != xno], [
    enable_hardening=yes
    CHEAPSTER_LINK([-fstack-protector-strong], [])
    CHEAPSTER_LINK([-fstack-clash-protection], [])
    CHEAPSTER_LINK([-fcf-protection=full], [])
    CHEAPSTER_LINK([-fPIE], [-pie])
    CHEAPSTER_LINK([], [-Wl,-z,relro,-z,now])
    AS_CASE([" $CPPFLAGS $CFLAGS "],
      [*_FORTIFY_SOURCE*], [],
      [CHEAPSTER_LINK([-D_FORTIFY_SOURCE=2], [])])
  ])
])

dnl Debian 12 ships nng without a .pc file.
AC_DEFUN([CHEAPSTER_NNG], [
  PKG_CHECK_MODULES([NNG], [nng >= 1.5], [], [
    AC_CHECK_HEADER([nng/nng.h], [],
      [AC_MSG_ERROR([nng/nng.h is missing: install libnng-dev])])
    AC_CHECK_LIB([nng], [nng_pub0_open], [NNG_LIBS=-lnng],
      [AC_MSG_ERROR([libnng is missing: install libnng-dev])])
  ])
])

dnl --with-kubeconfig: files that say how to reach a cluster are YAML.
AC_DEFUN([CHEAPSTER_KUBECONFIG], [
  AC_ARG_WITH([kubeconfig],
    [AS_HELP_STRING([--without-kubeconfig],
      [no kubeconfig files, and no libyaml @<:@if it is there@:>@])])
  AS_IF([test "x$with_kubeconfig" != xno], [
    PKG_CHECK_MODULES([YAML], [yaml-0.1 >= 0.2], [
      with_kubeconfig=yes
      AC_DEFINE([HAVE_LIBYAML], [1], [kubeconfig files can be read])
    ], [
      AS_IF([test "x$with_kubeconfig" = xyes],
        [AC_MSG_ERROR([--with-kubeconfig needs libyaml: install libyaml-dev])])
      with_kubeconfig="no: libyaml is missing"
    ])
  ])
])

dnl --with-sqlite: history in a file.
AC_DEFUN([CHEAPSTER_SQLITE], [
  AC_ARG_WITH([sqlite],
    [AS_HELP_STRING([--without-sqlite],
      [no history in an SQLite database @<:@if it is there@:>@])])
  AS_IF([test "x$with_sqlite" != xno], [
    PKG_CHECK_MODULES([SQLITE], [sqlite3 >= 3.32], [
      with_sqlite=yes
      AC_DEFINE([HAVE_SQLITE], [1], [history can be in an SQLite database])
    ], [
      AS_IF([test "x$with_sqlite" = xyes],
        [AC_MSG_ERROR([--with-sqlite needs SQLite: install libsqlite3-dev])])
      with_sqlite="no: libsqlite3 is missing"
    ])
  ])
  AM_CONDITIONAL([SQLITE], [test "x$with_sqlite" = xyes])
])

dnl --with-kafka: a sink by librdkafka.
AC_DEFUN([CHEAPSTER_KAFKA], [
  AC_ARG_WITH([kafka],
    [AS_HELP_STRING([--without-kafka],
      [no sink for Kafka @<:@if librdkafka is there@:>@])])
  AS_IF([test "x$with_kafka" != xno], [
    PKG_CHECK_MODULES([KAFKA], [rdkafka >= 1.6], [
      with_kafka=yes
      AC_DEFINE([HAVE_KAFKA], [1], [points can be written to a Kafka])
    ], [
      AS_IF([test "x$with_kafka" = xyes],
        [AC_MSG_ERROR([--with-kafka needs librdkafka: install librdkafka-dev])])
      with_kafka="no: librdkafka is missing"
    ])
  ])
  AM_CONDITIONAL([KAFKA], [test "x$with_kafka" = xyes])
])
