#!/bin/sh
# SPDX-License-Identifier: ISC
# A child of cheapster-sink-exec may do whatever it likes: frames come in
# order, each until it is accepted or dropped.
. "$(dirname "$0")/lib.sh"
prereq jq

# It behaves as the file mode says, and notes what it was told.
cat >child <<'EOF'
#!/bin/sh
dir=$1
while IFS= read -r line; do
	printf '%s\n' "$line" >>"$dir/told"
	case $(cat "$dir/mode") in
	ok) echo ok ;;
	reason) echo 'ok all is well' ;;
	retry) echo retry ;;
	busy) echo 'retry the disk is full' ;;
	drop) echo 'drop not for us' ;;
	die) exit 3 ;;
	hang) exec sleep 600 ;;
	mute) exec >&- && exec sleep 600 ;;
	deaf) exec <&- && exec sleep 600 ;;
	nonsense) echo 'maybe "later"' ;;
	twice) printf 'ok\nok\n' ;;
	again) echo ok && echo ok && echo said >>"$dir/said" ;;
	endless) printf '%0300d' 0 ;;
	empty) echo ;;
	esac
done
EOF
chmod +x child

# told MODE: the windows and kinds of the frames the child was told.
told () {
	jq -r '"\(.window_us) \(.kind)"' "$1/told"
}
# sink MODE: a sink whose child behaves so.
sink () {
	mkdir "$1" && echo "$1" >"$1/mode" || return
	_mode=$1
	spawn sink cheapster-sink-exec --name="$_mode" \
		--timeout=$((500 * slowness))ms ./child "$_mode"
}
all_is_told () {
	test -s "$1/told" && told "$1" | uniq >got && cmp -s want got
}

expect_success 'five frames are on the bus' '
	spawn aggregator cheapster-aggregator &&
	cheapster-pub <"$top_srcdir/t/data/tools/frames.txt"
'
expect_success 'a child that accepts is told each once' '
	sink ok && wait_for "test -s ok/told && test \"\$(wc -l <ok/told)\" -ge 5" &&
	stop sink && log_is_clean sink "a request to stop" &&
	told ok >want && cat want && test "$(sort -u want | wc -l)" -eq 5
'
expect_success 'an operand in the environment is no argument' '
	mkdir environment && echo ok >environment/mode &&
	printf "#!/bin/sh\nexec ./child environment\n" >operand &&
	chmod +x operand && export CHEAPSTER_OPERAND=./operand &&
	spawn sink cheapster-sink-exec --name=environment &&
	unset CHEAPSTER_OPERAND && wait_for "all_is_told environment" &&
	! tr "\\0" "\\n" <"/proc/$(pid sink)/cmdline" | grep operand &&
	stop sink
'
expect_success 'a child does not inherit it' '
	printf "#!/bin/sh\nenv >environment/seen\nexec ./child environment\n" \
		>operand && export CHEAPSTER_OPERAND=./operand &&
	spawn sink cheapster-sink-exec --name=environment &&
	unset CHEAPSTER_OPERAND && wait_for "test -s environment/seen" &&
	! grep CHEAPSTER_OPERAND environment/seen && stop sink
'
expect_success 'without any there is no command' '
	must_fail 64 cheapster-sink-exec 2>err && grep "is missing" err
'
expect_success 'a sink that takes none says so, and not what it was' '
	must_fail 64 env CHEAPSTER_OPERAND=secret cheapster-sink-null 2>err &&
	grep "unexpected operand in CHEAPSTER_OPERAND" err && ! grep secret err
'
expect_success 'what stands behind the verdict does not matter' '
	sink reason && wait_for "all_is_told reason" && stop sink &&
	log_is_clean sink "a request to stop"
'

# recovers MODE ERROR: a frame comes again until the child has recovered.
recovers () {
	_mode=$1
	_error=$2
	expect_success "$1: \"$2\" is logged, and the frame comes again" '
		sink "$_mode" &&
		wait_for "grep -q \"warning write_failed attempts=1 .*$_error\" \
			sink.log" &&
		wait_for "test \"\$(wc -l <$_mode/told)\" -ge 2" &&
		echo ok >"$_mode/mode" &&
		wait_for "grep -q \"info write_succeeded\" sink.log" &&
		wait_for "all_is_told $_mode" && stop sink &&
		test "$(grep -c "write_failed" sink.log)" -eq 1
	'
}
recovers retry 'no reason given'
recovers busy 'the disk is full'
recovers die 'the child has ended'
recovers hang 'no answer in time'
recovers mute 'the child has ended'
recovers deaf 'no answer in time'
recovers nonsense 'not ok, retry or drop'
recovers twice 'more than one line'
recovers endless 'answer is too long'
recovers empty 'not ok, retry or drop'

# The sink has heard the last answer, too.
all_is_dropped () {
	kill -USR1 "$(pid sink)" && sleep 0.05 &&
	test "$(log_value sink frames_dropped)" -eq 5
}
expect_success 'what it drops is logged once, counted and not told again' '
	sink drop && wait_for "all_is_told drop" && wait_for all_is_dropped &&
	stop sink &&
	test "$(grep -c "warning frame_dropped .*not for us" sink.log)" -eq 1 &&
	test "$(log_value sink frames_dropped)" -eq 5
'
expect_success 'with --retry-max a frame is given up' '
	mkdir max && echo retry >max/mode &&
	spawn sink cheapster-sink-exec --name=max --retry-max=2 ./child max &&
	wait_for "all_is_told max" &&
	wait_for "test \"\$(wc -l <max/told)\" -eq 10" &&
	wait_for all_is_dropped && stop sink &&
	test "$(log_value sink frames_dropped)" -eq 5
'
expect_success 'a child that does not end is killed when the sink stops' '
	printf "%s\n" "#!/bin/sh" "echo \$\$ >id" "exec >&-" \
		"exec sleep 600" >stays && chmod +x stays &&
	spawn sink cheapster-sink-exec --name=stays ./stays &&
	wait_for "test -s id" && stop sink && ! kill -0 "$(cat id)"
'
# Said in time, it cannot be told from the answer to the next frame; a child
# that has said it and is asked again gives itself away.
gave_itself_away () {
	grep -q "spoke unasked\|more than one line" "$scratch/sink.log"
}
expect_success 'an answer too many is not taken for the next one' '
	sink again && wait_for "test -s again/said" &&
	wait_for "gave_itself_away || test \"\$(wc -l <again/said)\" -ge 5" &&
	sed "s/17000000/17000001/g" "$top_srcdir/t/data/tools/frames.txt" |
		cheapster-pub &&
	wait_for gave_itself_away &&
	echo ok >again/mode &&
	wait_for "grep -q \"info write_succeeded\" sink.log" && stop sink
'
expect_success 'no command, or one that is not there, is said at once' '
	must_fail 64 cheapster-sink-exec 2>err && test "$(wc -l <err)" -eq 1 &&
	must_fail 69 cheapster-sink-exec ./nothing 2>err &&
	grep -q "nothing: No such file" err &&
	must_fail 69 cheapster-sink-exec --check ./nothing 2>err &&
	grep -q "check_failed.*nothing: No such file" err &&
	cheapster-sink-exec --check cat
'
expect_success 'all of it ends in peace' '
	stop aggregator && log_is_clean aggregator
'
done_testing
